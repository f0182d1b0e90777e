import COpenSSL

/// Messages 3 and 4: that an end knows the shared secret (docs/protocols/ec-srp5.md, Messages).
///
/// Two of them are compared in a time that does not depend on where they differ.
public struct ProofMessage: HandshakeMessage, CustomStringConvertible, CustomReflectable {
    /// Length of the payload in bytes.
    public static let byteCount = 32

    public let payload: [UInt8]

    public init(decoding payload: some Collection<UInt8>) throws(ECSRP5Error) {
        guard payload.count == Self.byteCount else {
            throw .wrongLength(expected: Self.byteCount, found: payload.count)
        }
        self.payload = Array(payload)
    }

    public static func == (left: ProofMessage, right: ProofMessage) -> Bool {
        // Both have 32 bytes: a value of another length cannot be made.
        left.payload.withUnsafeBytes { leftBytes in
            right.payload.withUnsafeBytes { rightBytes in
                CRYPTO_memcmp(leftBytes.baseAddress, rightBytes.baseAddress, byteCount) == 0
            }
        }
    }

    /// A proof that is expected is a secret until it has arrived.
    public var description: String { "<proof>" }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
