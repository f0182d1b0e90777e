import ECSRP5

extension BtestAccounts {
    /// One account by EC-SRP5 whose verifier is made now: with a new salt, and decoys from a new secret.
    ///
    /// - Throws: when the user name does not fit into the protocol's message.
    public static func ecSRP5(user: String, password: String) throws(ECSRP5Error) -> BtestAccounts {
        var random = SystemRandomNumberGenerator()
        func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) } }
        let verifier = try Verifier(user: user, password: password, salt: Salt(bytes: bytes(Salt.byteCount)))
        return .ecSRP5(verifiers: [user: verifier], decoys: try DecoyVerifiers(secret: bytes(32)))
    }
}
