/// Message 1: who logs in, and the client's public key (docs/protocols/ec-srp5.md, Messages).
public struct ClientKeyMessage: HandshakeMessage {
    /// The longest user name in bytes of UTF-8: what one length byte leaves beside a NUL and a key.
    public static let longestUserName = 255 - 1 - MontgomeryPublicKey.byteCount

    /// Without NUL, at most 221 bytes of UTF-8.
    public let userName: String
    /// x_a and its parity.
    public let publicKey: MontgomeryPublicKey

    /// - Throws: ``ECSRP5Error/userNameTooLong(bytes:)`` or ``ECSRP5Error/userNameMalformed``.
    public init(userName: String, publicKey: MontgomeryPublicKey) throws(ECSRP5Error) {
        let count = userName.utf8.count
        guard count <= Self.longestUserName else { throw .userNameTooLong(bytes: count) }
        guard !userName.utf8.contains(0) else { throw .userNameMalformed }
        self.userName = userName
        self.publicKey = publicKey
    }

    public init(decoding payload: some Collection<UInt8>) throws(ECSRP5Error) {
        let key = payload.suffix(MontgomeryPublicKey.byteCount)
        guard key.count == MontgomeryPublicKey.byteCount else {
            throw .wrongLength(expected: MontgomeryPublicKey.byteCount + 1, found: payload.count)
        }
        let terminatedName = payload.dropLast(MontgomeryPublicKey.byteCount)
        guard terminatedName.suffix(1).first == 0 else { throw .userNameNotTerminated }
        guard let name = String(validating: terminatedName.dropLast(), as: UTF8.self) else {
            throw .userNameMalformed
        }
        try self.init(userName: name, publicKey: MontgomeryPublicKey(decoding: key))
    }

    public var payload: [UInt8] { Array(userName.utf8) + [0] + publicKey.bytes }
}
