import Crypto

/// The two proofs that follow from the shared secret (docs/protocols/ec-srp5.md, Computation).
struct HandshakeProofs: Sendable {
    /// cc, which the client sends.
    let client: ProofMessage
    /// sc, which the server answers with.
    let server: ProofMessage

    /// - Parameters:
    ///   - j: ``transcriptHash(client:server:)``.
    ///   - z: x of the shared point.
    init(j: [UInt8], z: [UInt8]) throws(ECSRP5Error) {
        client = try ProofMessage(decoding: Array(SHA256.hash(data: j + z)))
        server = try ProofMessage(decoding: Array(SHA256.hash(data: j + client.payload + z)))
    }

    /// j: both keys under one hash, so that neither end could have chosen its key after it.
    static func transcriptHash(client: MontgomeryPublicKey, server: MontgomeryPublicKey) -> [UInt8] {
        Array(SHA256.hash(data: client.x + server.x))
    }
}
