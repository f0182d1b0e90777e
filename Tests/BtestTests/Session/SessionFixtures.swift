import ECSRP5
import ServerLimits

@testable import Btest

/// Sessions whose keys and nonces are the same at every run.
enum SessionFixtures {
    static let nonce: [UInt8] = (1...16).map { $0 }
    static let download = BtestCommand(transport: .tcp, direction: .download)

    static func client(
        user: String? = "u", password: String = "right", required: BtestAuthentication? = nil,
        command: BtestCommand = download
    ) throws -> BtestClientSession {
        BtestClientSession(
            command: command, login: user.map { .init(userName: $0, password: password) }, required: required,
            privateKey: try PrivateKey(bytes: [UInt8](repeating: 0x55, count: 32)))
    }

    static func server(_ accounts: BtestAccounts, peer: String = "192.0.2.1") throws -> BtestServerSession {
        BtestServerSession(
            accounts: accounts, peer: IPAddress(peer), nonce: nonce,
            privateKey: try PrivateKey(bytes: [UInt8](repeating: 0x33, count: 32)))
    }

    /// Accounts that know the user "u" with the password "right", under a salt that is always the same.
    static func accounts(
        _ method: BtestAuthentication, changing change: (inout BtestAccount) throws -> Void
    ) throws -> BtestAccounts {
        let salt = try Salt(bytes: [UInt8](repeating: 3, count: 16))
        var account = BtestAccount(
            verifier: try Verifier(user: "u", password: "right", salt: salt), md5Password: "right")
        try change(&account)
        let directory = FixedAccounts(accounts: ["u": account])
        let decoys = try DecoyVerifiers(secret: [UInt8](repeating: 7, count: 32))
        return switch method {
        case .none: .open
        case .md5: .md5(directory: directory)
        case .ecSRP5: .ecSRP5(directory: directory, decoys: { decoys })
        }
    }

    /// Accounts that know the user "u" with the password "right", where they know anybody.
    static func accounts(_ method: BtestAuthentication) throws -> BtestAccounts {
        switch method {
        case .none: .open
        case .md5: .md5(passwords: ["u": "right"])
        case .ecSRP5: try LoopbackServer.ecSRP5(user: "u", password: "right")
        }
    }
}
