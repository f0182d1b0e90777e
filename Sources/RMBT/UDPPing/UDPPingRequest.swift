/// A request of the UDP ping service, 24 bytes (docs/protocols/rmbt.md, UDP ping).
public struct UDPPingRequest: Sendable, Equatable {
    static let length = 24
    private static let magic = Array("RP01".utf8)

    /// Comes back in the reply.
    public let sequence: UInt32
    /// From the token of the measurement that the pings belong to.
    public let proof: RMBTAddressProof

    public init(sequence: UInt32, proof: RMBTAddressProof) {
        self.sequence = sequence
        self.proof = proof
    }

    /// Reads a datagram.
    ///
    /// - Returns: nil for a wrong length or magic; whether the proof is one is not looked at here.
    public init?(decoding bytes: [UInt8]) {
        guard bytes.count == Self.length, bytes.starts(with: Self.magic),
            let proof = RMBTAddressProof(decoding: Array(bytes[8...]))
        else { return nil }
        sequence = UInt32(bigEndianBytes: bytes[4..<8])
        self.proof = proof
    }

    /// The datagram.
    public var encoded: [UInt8] { Self.magic + sequence.bigEndianBytes + proof.encoded }
}
