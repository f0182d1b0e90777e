import Btest
import Foundation
import Logging
import Testing

@testable import Serving

/// What keeps a server from its start is a typed value with a sentence; which exit code it is, others decide.
@Suite(.timeLimit(.minutes(1))) struct ServedBtestTests {
    private static func start(
        _ host: String = "127.0.0.1", login: ServedBtest.Login = .anyone,
        _ destinations: ServerRecords.Destinations = .init()
    ) async throws(ServingError) -> ServedBtest {
        try await ServedBtest(
            .init(
                listeners: [ListenEndpoint(host: host, port: host == "127.0.0.1" ? 0 : 2000)], login: login,
                authentication: .ecSRP5, limits: .init(accounts: .open), destinations: destinations),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    @Test func `a server runs until its task is cancelled`() async throws {
        let served = try await Self.start(login: .user("probe", password: .init("secret")))
        let running = Task { await served.run() }
        running.cancel()
        await running.value
    }

    @Test func `an address that is not this machine's is told with the system's words`() async {
        let error = await #expect(throws: ServingError.self) { _ = try await Self.start("192.0.2.1") }
        #expect(error?.description == "cannot listen on 192.0.2.1:2000: cannot assign requested address")
    }

    @Test func `a file of records that is a folder is told before anything listens`() async {
        let error = await #expect(throws: ServingError.self) {
            _ = try await Self.start("192.0.2.1", .init(csv: NSTemporaryDirectory()))
        }
        guard case .records(.unusable(_, "is a directory")) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `accounts that are not there keep their own error`() async {
        let path = NSTemporaryDirectory() + "no-users-" + UUID().uuidString
        let error = await #expect(throws: ServingError.self) {
            _ = try await Self.start(login: .database(path, md5Secrets: nil))
        }
        guard case .accounts(let inner) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(inner.description.contains(path))
    }
}
