import ECSRP5

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

    static func server(_ accounts: BtestAccounts) throws -> BtestServerSession {
        BtestServerSession(
            accounts: accounts, nonce: nonce, privateKey: try PrivateKey(bytes: [UInt8](repeating: 0x33, count: 32)))
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
