/// What a server keeps instead of a password (docs/protocols/ec-srp5.md, Computation).
///
/// Who steals it can guess passwords against it and can pose as the server, but cannot log in with it.
public struct Verifier: Hashable, Sendable {
    public let salt: Salt
    /// γ: x_γ and its real parity. Half of all salts give parity 0; a server that takes 1 for granted fails there.
    public let publicKey: MontgomeryPublicKey
    /// `redp1(x_γ, 0)`, which the server adds to its key.
    let mask: MontgomeryPublicKey

    /// The verifier of a password. Costs about 1 ms.
    public init(user: String, password: String, salt: Salt) throws(ECSRP5Error) {
        let validator = try Validator(salt: salt.bytes, identity: .init(user: user, password: password))
        try self.init(validator: validator.privateKey, salt: salt)
    }

    /// A verifier that was stored.
    ///
    /// - Throws: ``ECSRP5Error/noSuchPoint`` or ``ECSRP5Error/smallOrderPoint`` for a key that no password has.
    public init(salt: Salt, publicKey: MontgomeryPublicKey) throws(ECSRP5Error) {
        let curve = try EllipticCurve()
        _ = try curve.point(publicKey)
        try self.init(salt: salt, publicKey: publicKey, curve: curve)
    }

    init(validator: PrivateKey, salt: Salt) throws(ECSRP5Error) {
        let curve = try EllipticCurve()
        let publicKey = try curve.key(curve.generatorMultiple(validator.number()))
        try self.init(salt: salt, publicKey: publicKey, curve: curve)
    }

    private init(salt: Salt, publicKey: MontgomeryPublicKey, curve: EllipticCurve) throws(ECSRP5Error) {
        self.salt = salt
        self.publicKey = publicKey
        mask = try curve.key(curve.maskingPoint(publicKey.x, parity: 0))
    }

    /// The same key under another salt, which fits no password; see ``DecoyVerifiers``.
    private init(salt: Salt, like other: Verifier) {
        self.salt = salt
        publicKey = other.publicKey
        mask = other.mask
    }

    func withSalt(_ salt: Salt) -> Verifier {
        Verifier(salt: salt, like: self)
    }
}
