/// Message 2: the server's masked public key and the user's salt (docs/protocols/ec-srp5.md, Messages).
public struct ServerKeyMessage: HandshakeMessage {
    /// Length of the payload in bytes.
    public static let byteCount = MontgomeryPublicKey.byteCount + Salt.byteCount

    /// x_b and its parity: the point W_b.
    public let publicKey: MontgomeryPublicKey
    public let salt: Salt

    public init(publicKey: MontgomeryPublicKey, salt: Salt) {
        self.publicKey = publicKey
        self.salt = salt
    }

    public init(decoding payload: some Collection<UInt8>) throws(ECSRP5Error) {
        guard payload.count == Self.byteCount else {
            throw .wrongLength(expected: Self.byteCount, found: payload.count)
        }
        publicKey = try MontgomeryPublicKey(decoding: payload.prefix(MontgomeryPublicKey.byteCount))
        salt = try Salt(bytes: Array(payload.dropFirst(MontgomeryPublicKey.byteCount)))
    }

    public var payload: [UInt8] { publicKey.bytes + salt.bytes }
}
