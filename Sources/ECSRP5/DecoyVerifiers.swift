import Crypto

/// Verifiers for names that a server does not know.
///
/// An unknown user gets message 2 like a known one and fails at the proof like a wrong password, after the same work.
/// Its salt is the same at every try, as a real one is; without the server's secret nobody sees that it is made up.
public struct DecoyVerifiers: Sendable, CustomStringConvertible, CustomReflectable {
    private let saltKey: SymmetricKey
    /// One key serves all names: on the wire it is hidden by the server's random scalar.
    private let template: Verifier

    /// - Parameter secret: at least 32 random bytes that only the server knows. A server that keeps verifiers over a
    ///   restart must keep the secret as well: salts that change would show which names are made up.
    /// - Throws: ``ECSRP5Error/wrongLength(expected:found:)`` for less.
    public init(secret: [UInt8]) throws(ECSRP5Error) {
        let needed = 32
        guard secret.count >= needed else { throw .wrongLength(expected: needed, found: secret.count) }
        let key = SymmetricKey(data: secret)
        saltKey = Self.derivedKey("salt", from: key)
        let validator = try PrivateKey(bytes: Self.derivedKey("validator", from: key).withUnsafeBytes { Array($0) })
        let unusedSalt = try Salt(bytes: [UInt8](repeating: 0, count: Salt.byteCount))
        template = try Verifier(validator: validator, salt: unusedSalt)
    }

    /// The salt of a name: always the same one.
    ///
    /// A server that reads passwords at its start takes the salts of its known users from here as well: then all salts
    /// survive a restart, or none does.
    public func salt(forUser name: String) throws(ECSRP5Error) -> Salt {
        let code = HMAC<SHA256>.authenticationCode(for: Array(name.utf8), using: saltKey)
        return try Salt(bytes: Array(code.prefix(Salt.byteCount)))
    }

    /// A verifier that no password passes.
    func verifier(forUser name: String) throws(ECSRP5Error) -> Verifier {
        try template.withSalt(salt(forUser: name))
    }

    private static func derivedKey(_ purpose: String, from key: SymmetricKey) -> SymmetricKey {
        SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Array(purpose.utf8), using: key))
    }

    public var description: String { "<decoy verifiers>" }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
