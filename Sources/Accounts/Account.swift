import ECSRP5
import Foundation

/// A user of the server, as the store keeps one.
public struct Account: Sendable, Equatable {
    public let name: String
    /// Told to every client that names this user.
    public let salt: Salt
    /// γ of the user's verifier.
    public let publicKey: MontgomeryPublicKey
    public let terms: AccountTerms
    public let createdAt: Date
    public let changedAt: Date

    /// What checks the user's password. Costs about 0.7 ms (docs/decisions/ec-srp5-time.md).
    ///
    /// - Throws: ``ECSRP5/ECSRP5Error`` for a key that no password has, as damage may leave one.
    public func verifier() throws(ECSRP5Error) -> Verifier {
        try Verifier(salt: salt, publicKey: publicKey)
    }
}
