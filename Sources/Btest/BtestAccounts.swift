import ECSRP5

/// Who may log in at a btest server, and how they prove it.
public enum BtestAccounts: Sendable {
    /// Anybody may test.
    case open
    /// Passwords, because MD5's proof needs them; for RouterOS before 6.43 only.
    case md5(passwords: [String: String])
    /// Verifiers, from which no password can be had.
    case ecSRP5(verifiers: [String: Verifier], decoys: DecoyVerifiers)

    /// What the server asks every client for.
    public var authentication: BtestAuthentication {
        switch self {
        case .open: .none
        case .md5: .md5
        case .ecSRP5: .ecSRP5
        }
    }
}
