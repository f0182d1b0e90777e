import ECSRP5
import Logging
import NIOCore
import Testing

@testable import Btest

/// A server on a free loopback port, for the time of a test.
enum LoopbackServer {
    static func with(
        accounts: BtestAccounts, host: String = "127.0.0.1", handshakeTimeout: Duration = .seconds(10),
        maxSessions: Int = 100, limits: (inout BtestServer.Configuration) -> Void = { _ in },
        _ body: (Int) async throws -> Void
    ) async throws {
        var configuration = BtestServer.Configuration(
            accounts: accounts, maxSessions: maxSessions, handshakeTimeout: handshakeTimeout)
        // All tests come from one address.
        configuration.penalties.isEnabled = false
        limits(&configuration)
        let server = try await BtestServer.bind(
            to: [(host, 0)], configuration: configuration,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let port = try #require(server.addresses.first?.port)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.run() }
            try await body(port)
            group.cancelAll()
        }
    }

    static func ecSRP5(user: String, password: String) throws -> BtestAccounts {
        let salt = try Salt(bytes: [UInt8](repeating: 3, count: 16))
        return .ecSRP5(
            verifiers: [user: try Verifier(user: user, password: password, salt: salt)],
            decoys: try DecoyVerifiers(secret: [UInt8](repeating: 7, count: 32)))
    }
}
