import Foundation
import Logging
import RMBT
import Synchronization
import Testing

@testable import RMBTControl

/// A Control Server without sockets, at a time that the test sets.
struct ControlBench {
    static let key = "topsecret"
    static let client = "8723358c-2037-4029-a70c-91e5d9d35cf3"
    /// What a client asks with that speaks RMBThttp.
    static var request: [String: Any] {
        ["uuid": client, "client": "RMBT", "timezone": "UTC", "capabilities": ["RMBThttp": true]]
    }

    final class Clock: Sendable {
        private let seconds = Mutex(1_700_000_000.0)

        var now: Date { Date(timeIntervalSince1970: seconds.withLock { $0 }) }

        func advance(by amount: Double) { seconds.withLock { $0 += amount } }
    }

    let results: MemoryResults
    let clock: Clock
    let router: ControlRouter

    /// - Parameters:
    ///   - manners: how the servers answer; those that are missing do not.
    init(
        servers: [ControlledServer] = [server("own")], manners: [String: ControlledServer.Manner]? = nil,
        results: MemoryResults = MemoryResults(), clock: Clock = Clock(),
        _ change: (inout ControlServer.Configuration) -> Void = { _ in }
    ) async {
        let manners =
            manners ?? Dictionary(servers.map { ($0.name, .init(kind: .http, hasTLS: false)) }) { first, _ in first }
        self.results = results
        self.clock = clock
        var configuration = ControlServer.Configuration(servers: servers)
        configuration.selection = .name
        configuration.testsPerMinute = 1000
        configuration.requestsPerMinute = 1000
        configuration.now = { clock.now }
        change(&configuration)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let survey = ServerSurvey(servers: servers, interval: .seconds(30), logger: logger) { server, _ in
            manners[server.name]
        }
        await survey.lookAtAll()
        let service = ControlService(configuration: configuration, results: results, survey: survey, logger: logger)
        router = ControlRouter(service: service, configuration: configuration)
    }

    static func server(_ name: String, host: String = "192.0.2.1", maxTests: Int = 1000) -> ControlledServer {
        ControlledServer(name: name, host: host, port: 443, maxTests: maxTests, tokenKeys: [key])
    }

    // MARK: Asking

    func post(_ name: String, text: String, over hasTLS: Bool = false) async -> ControlAnswer {
        await router.answer(
            ControlRequest(
                method: .post, path: "/RMBTControlServer/" + name, body: Array(text.utf8), client: "198.51.100.7",
                base: "http://control.test", hasTLS: hasTLS))
    }

    func post(_ name: String, _ message: [String: Any], over hasTLS: Bool = false) async throws -> ControlAnswer {
        let body = try JSONSerialization.data(withJSONObject: message)
        return await post(name, text: String(decoding: body, as: UTF8.self), over: hasTLS)
    }

    func get(_ path: String, method: ControlRequest.Method = .get) async -> ControlAnswer {
        await router.answer(ControlRequest(method: method, path: path, client: "198.51.100.7"))
    }

    /// Asks for a test and gives the fields of the answer.
    func permitted(_ message: [String: Any] = request) async throws -> [String: Any] {
        try await post("testRequest", message).fields()
    }

    /// Asks for a test, and lets the time pass that one takes.
    func finished(_ message: [String: Any] = request) async throws -> [String: Any] {
        let terms = try await permitted(message)
        clock.advance(by: 20)
        return terms
    }

    /// What an RMBT server counted for a test, in parts of a quarter of a second.
    static func served(_ terms: [String: Any], sent: [Int64], received: [Int64]) throws -> RMBTServedTest {
        let message: [String: Any] = [
            "test": "\(try #require(terms["test_uuid"]))_1700000000", "part_ns": 250_000_000, "sent": sent,
            "received": received,
        ]
        return try JSONDecoder().decode(
            RMBTServedTest.self, from: try JSONSerialization.data(withJSONObject: message))
    }

    /// An RMBT server reports.
    func report(_ tests: [RMBTServedTest], key: String = key) async throws -> ControlAnswer {
        let report = try #require(ControlServedReport(tests, keys: [key]))
        return await post("servedTests", text: String(decoding: try JSONEncoder().encode(report), as: UTF8.self))
    }

    /// A submission that fits a permission.
    static func submission(_ terms: [String: Any], _ changes: [String: Any?] = [:]) throws -> [String: Any] {
        var message: [String: Any] = [
            "client_uuid": client, "client_name": "RMBT", "test_token": try #require(terms["test_token"]),
            "test_uuid": try #require(terms["test_uuid"]), "test_status": "0", "test_speed_download": 80_000,
            "test_speed_upload": 40_000, "test_bytes_download": 20_000_000, "test_bytes_upload": 10_000_000,
            "test_nsec_download": 2_000_000_000, "test_nsec_upload": 2_000_000_000, "test_num_threads": 2,
            "pings": [1, 3, 2].map { ["value": $0 * 1_100_000, "value_server": $0 * 1_000_000, "time_ns": 0] },
            "speed_detail": [("download", 2), ("upload", 1)].flatMap { direction, factor in
                [0, 1].flatMap { thread in
                    [1, 2].map { second in
                        [
                            "direction": direction, "thread": thread, "time": second * 1_000_000_000,
                            "bytes": second * factor * 2_500_000,
                        ] as [String: Any]
                    }
                }
            },
        ]
        for (key, value) in changes { message[key] = value }
        return message
    }

    /// A whole test: permitted, and its result handed in.
    func submit(_ changes: [String: Any?] = [:]) async throws -> ControlAnswer {
        try await post("result", try Self.submission(try await finished(), changes))
    }
}

extension ControlAnswer {
    func fields() throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any])
    }

    /// What stands under `error`.
    func errors() throws -> [String] { try #require(try fields()["error"] as? [String]) }

    var text: String { String(decoding: body, as: UTF8.self) }
}
