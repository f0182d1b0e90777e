import ECSRP5

extension BtestAccounts {
    /// Passwords that stay as they are.
    public static func md5(passwords: [String: String]) -> BtestAccounts {
        .md5(directory: FixedAccounts(accounts: passwords.mapValues { BtestAccount(md5Password: $0) }))
    }

    /// Verifiers that stay as they are.
    public static func ecSRP5(verifiers: [String: Verifier], decoys: DecoyVerifiers) -> BtestAccounts {
        .ecSRP5(directory: FixedAccounts(accounts: verifiers.mapValues { BtestAccount(verifier: $0) })) { decoys }
    }

    /// One account with EC-SRP5 whose verifier is made now, with decoys for everybody else from a new secret.
    ///
    /// The account's salt comes from the same secret as the decoys': a restart changes both, and tells nobody which name is real.
    ///
    /// - Throws: when the user name does not fit into the protocol's message.
    public static func ecSRP5(user: String, password: String) throws(ECSRP5Error) -> BtestAccounts {
        var random = SystemRandomNumberGenerator()
        let decoys = try DecoyVerifiers(secret: (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &random) })
        let verifier = try Verifier(user: user, password: password, salt: decoys.salt(forUser: user))
        return .ecSRP5(verifiers: [user: verifier], decoys: decoys)
    }
}
