import ECSRP5

/// Who may log in at a btest server, and how they prove it.
public enum BtestAccounts: Sendable {
    /// Anybody may test.
    case open
    /// By password, because MD5's proof needs it; for RouterOS before 6.43 only.
    case md5(directory: any BtestAccountDirectory)
    /// By verifiers, from which no password can be had. A directory whose salts survive a restart needs decoys whose secret does.
    case ecSRP5(directory: any BtestAccountDirectory, decoys: @Sendable () -> DecoyVerifiers)

    /// What the server asks every client for.
    public var authentication: BtestAuthentication {
        switch self {
        case .open: .none
        case .md5: .md5
        case .ecSRP5: .ecSRP5
        }
    }

    /// The account as it is now; nil when there is none, as for everybody at an open server.
    func account(named name: String) -> BtestAccount? {
        switch self {
        case .open: nil
        case .md5(let directory), .ecSRP5(let directory, _): directory.account(named: name)
        }
    }
}
