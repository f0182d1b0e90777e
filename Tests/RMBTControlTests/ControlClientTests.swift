import Foundation
import NIOCore
import RMBT
import Sockets
import Synchronization
import Testing
import TestSupport

@testable import RMBTControl

/// Phases 1 and 7 against a Control Server that does as a test wants.
@Suite(.timeLimit(.minutes(2))) struct ControlClientTests {
    private static let client = "11111111-2222-4333-8444-555555555555"
    private static let settings = #"{"settings":[{"uuid":"\#(client)"}],"error":[]}"#
    private static let test = """
        {"client_remote_ip":"127.0.0.1","test_uuid":"t","open_test_uuid":"Oo","result_url":"","test_duration":"7",\
        "test_numthreads":"3","test_numpings":"10","test_wait":0,"test_server_name":"own",\
        "test_server_address":"192.0.2.7","test_server_port":8443,"test_server_type":"RMBThttp",\
        "test_server_encryption":true,"test_token":"u_1_x","loop_uuid":null,"error":[]}
        """

    private static func honest(_ request: FakeControlServer.Request) -> FakeControlServer.Answer {
        switch request.use {
        case "settings": (200, settings)
        case "testRequest": (200, test)
        default: (200, #"{"error":[]}"#)
        }
    }

    private static func configuration(_ url: String, identity: ControlIdentity? = nil, timeout: Double = 20) throws
        -> ControlClient.Configuration
    {
        var configuration = ControlClient.Configuration(
            server: try #require(ControlURL(url)), softwareVersion: "1", identity: identity)
        configuration.requestTimeout = timeout
        return configuration
    }

    private static func assignment(_ configuration: ControlClient.Configuration) async throws -> ControlAssignment {
        try await ControlClient.talking(configuration) { client throws(ControlError) in
            try await client.requestTest(connections: 3)
        }
    }

    /// Has a result delivered to a server that answers it so.
    private static func outcome(
        timeout: Double = 20, _ answer: @escaping @Sendable (_ earlier: Int) -> FakeControlServer.Answer?
    ) async throws -> (ControlSubmissionOutcome, requests: Int) {
        let server = FakeControlServer { request, earlier in
            request.use == "result" ? answer(earlier) : honest(request)
        }
        let outcome = try await server.with { url in
            try await ControlClient.talking(try configuration(url, timeout: timeout)) { client throws(ControlError) in
                let assignment = try await client.requestTest(connections: 3)
                return await client.submit(RMBTMeasurement(), of: assignment, begunAt: Date())
            }
        }
        return (outcome, server.requests("result").count)
    }

    private static func temporaryFolder() -> String {
        FileManager.default.temporaryDirectory.path + "/control-\(UUID().uuidString)"
    }

    // MARK: Phase 1

    @Test func `a test is asked for, and its terms are taken as they are given`() async throws {
        let server = FakeControlServer { request, _ in Self.honest(request) }
        let assignment = try await server.with { try await Self.assignment(try Self.configuration($0)) }
        #expect(assignment.serverAddress == "192.0.2.7")
        #expect(assignment.serverPort == 8443)
        #expect(assignment.serverType == .http)
        #expect(assignment.isEncrypted)
        #expect(assignment.token == "u_1_x")
        #expect((assignment.duration, assignment.connections, assignment.pings) == (7, 3, 10))
        let asked = try #require(server.requests("testRequest").first?.body)
        let object = try #require(try JSONSerialization.jsonObject(with: asked) as? [String: Any])
        #expect(object["uuid"] as? String == Self.client)
        #expect((object["capabilities"] as? [String: Any])?["RMBThttp"] as? Bool == true)
        #expect(object["timezone"] as? String == "UTC")
    }

    @Test func `settings are asked for once, and the uuid serves every later test`() async throws {
        let folder = Self.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let server = FakeControlServer { request, _ in Self.honest(request) }
        try await server.with { url in
            for _ in 0..<3 {
                let configuration = try Self.configuration(url, identity: ControlIdentity(folder: folder))
                _ = try await Self.assignment(configuration)
            }
        }
        #expect(server.requests("settings").count == 1)
        #expect(server.requests("testRequest").count == 3)
        let file = try #require(FileManager.default.contentsOfDirectory(atPath: folder).first)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 1)
        let attributes = try FileManager.default.attributesOfItem(atPath: folder + "/" + file)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
    }

    @Test func `a server that lost its clients is registered with once more, and only once`() async throws {
        let folder = Self.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let identity = ControlIdentity(folder: folder)
        let server = FakeControlServer { request, earlier in
            request.use == "testRequest" && earlier < 1
                ? (200, #"{"error":["unknown client."]}"#) : Self.honest(request)
        }
        try await server.with { url in
            let configuration = try Self.configuration(url, identity: identity)
            try identity.keep(UUID().uuidString, for: configuration.server)
            _ = try await Self.assignment(configuration)
            #expect(identity.uuid(for: configuration.server) == Self.client)
        }
        #expect(server.requests("settings").count == 1)
        #expect(server.requests("testRequest").count == 2)
    }

    @Test(arguments: [
        (200, #"{"error":["no server for you."]}"#, "gave no test: no server for you."),
        (400, #"{"error":["uuid is missing."]}"#, "refused the request with status 400: uuid is missing."),
        (302, "", "refused the request with status 302."),
        (200, "<html>", "answered with something that is not the JSON it should be."),
        (200, "endless", "answered with more than a megabyte."),
        (200, #"{"error":[]}"#, "answered with a test without a usable token."),
        (200, #"{"test_token":"t\nQUIT","error":[]}"#, "answered with a test without a usable token."),
        (200, #"{"test_token":"t","error":[]}"#, "answered with a test without a server's address."),
        (
            200, #"{"test_token":"t","test_server_address":"h","test_server_port":70000,"error":[]}"#,
            "answered with a test without a server's port."
        ),
        (
            200,
            #"{"test_token":"t","test_server_address":"h","test_server_port":1,"test_server_type":"QoS","error":[]}"#,
            "answered with a server of the type \"QoS\", which this program does not speak."
        ),
        (
            200, #"{"test_token":"t","test_server_address":"h","test_server_port":1,"test_wait":-1,"error":[]}"#,
            "answered with a wait of -1 s."
        ),
    ])
    func `what is no test is told by what it is instead`(status: Int, text: String, sentence: String) async throws {
        let server = FakeControlServer { request, _ in
            request.use == "testRequest" ? (status, text) : Self.honest(request)
        }
        let (url, error) = try await server.with { url in
            let error = await #expect(throws: ControlError.self) {
                try await Self.assignment(try Self.configuration(url))
            }
            return (url, error)
        }
        #expect(error?.description == "The Control Server \(url) \(sentence)")
    }

    @Test func `a long wait is not waited for`() async throws {
        let long = Self.test.replacingOccurrences(of: #""test_wait":0"#, with: #""test_wait":61"#)
        let server = FakeControlServer { request, _ in
            request.use == "testRequest" ? (200, long) : Self.honest(request)
        }
        let (url, error) = try await server.with { url in
            (url, await #expect(throws: ControlError.self) { try await Self.assignment(try Self.configuration(url)) })
        }
        #expect(error == .longWait(server: url, seconds: 61))
    }

    @Test(arguments: [
        (
            429, #"{"error":["The address asks too much, try again in 9 s."]}"#,
            "The address asks too much, try again in 9 s"
        ),
        (503, "", "it answered with status 503"),
        (200, #"{"error":["All servers are busy."]}"#, "All servers are busy"),
    ])
    func `a server without room is busy, and not one that refuses`(
        status: Int, text: String, words: String
    ) async throws {
        let server = FakeControlServer(retryAfter: 9) { request, _ in
            request.use == "testRequest" ? (status, text) : Self.honest(request)
        }
        let (url, error) = try await server.with { url in
            (url, await #expect(throws: ControlError.self) { try await Self.assignment(try Self.configuration(url)) })
        }
        #expect(error == .busy(server: url, words: words))
        #expect(error?.description == "The Control Server \(url) is busy: \(words).")
    }

    @Test func `a test that is given up is given up in a stopped task as well`() async throws {
        let server = FakeControlServer { request, _ in Self.honest(request) }
        try await server.with { url in
            let stopped = Task {
                try await ControlClient.talking(try Self.configuration(url)) { client throws(ControlError) in
                    let assignment = try await client.requestTest(connections: 3)
                    withUnsafeCurrentTask { $0?.cancel() }
                    await client.giveUp(assignment)
                }
            }
            try await stopped.value
        }
        #expect(server.requests("resultUpdate").count == 1)
    }

    @Test func `a silent server is given up at the deadline`() async throws {
        let server = FakeControlServer { _, _ in nil }
        let began = MonotonicClock.now()
        let (url, error) = try await server.with { url in
            (
                url,
                await #expect(throws: ControlError.self) {
                    try await Self.assignment(try Self.configuration(url, timeout: 1))
                }
            )
        }
        #expect(error == .silent(server: url, seconds: 1))
        #expect(MonotonicClock.now() - began < 15_000_000_000)
    }

    @Test func `a server that is not there is unreachable, by its reason`() async throws {
        // Discard is a privileged port on which nobody listens.
        let error = await #expect(throws: ControlError.self) {
            try await Self.assignment(try Self.configuration("http://127.0.0.1:9"))
        }
        #expect(error == .unreachable(server: "http://127.0.0.1:9", reason: "connection refused"))
        let nameless = await #expect(throws: ControlError.self) {
            try await Self.assignment(try Self.configuration("http://no-such-host.invalid"))
        }
        guard case .unreachable? = nameless else {
            Issue.record("found \(String(describing: nameless))")
            return
        }
    }

    // MARK: Phase 7

    @Test func `a result that was accepted is never sent again`() async throws {
        let (outcome, requests) = try await Self.outcome { _ in (200, #"{"error":[]}"#) }
        #expect(outcome == .accepted)
        #expect(requests == 1)
    }

    @Test func `a result is sent again where the server had no time for it`() async throws {
        let (outcome, requests) = try await Self.outcome { earlier in earlier < 2 ? (503, "") : (200, #"{"error":[]}"#)
        }
        #expect(outcome == .accepted)
        #expect(requests == 3)
    }

    @Test(arguments: [(204, ""), (200, ""), (200, "<html>thanks")])
    func `a result that was taken without a word is not sent again`(status: Int, text: String) async throws {
        let (outcome, requests) = try await Self.outcome { _ in (status, text) }
        guard case .unconfirmed(.unreadable) = outcome else {
            Issue.record("found \(outcome)")
            return
        }
        #expect(requests == 1)
    }

    @Test func `a result is as good as accepted whatever the number of the yes is`() async throws {
        let (outcome, requests) = try await Self.outcome { _ in (201, #"{"error":[]}"#) }
        #expect(outcome == .accepted)
        #expect(requests == 1)
    }

    @Test func `a refused result is not sent again`() async throws {
        let (outcome, requests) = try await Self.outcome { _ in (400, #"{"error":["The test has a result."]}"#) }
        guard case .refused(.refused(_, 400, "The test has a result")) = outcome else {
            Issue.record("found \(outcome)")
            return
        }
        #expect(requests == 1)
    }

    @Test func `a no after an attempt that had no answer leaves open what the server has`() async throws {
        let (outcome, requests) = try await Self.outcome(timeout: 3) { earlier in
            earlier == 0 ? nil : (400, #"{"error":["The test has a result."]}"#)
        }
        guard case .unconfirmed(.refused) = outcome else {
            Issue.record("found \(outcome)")
            return
        }
        #expect(requests == 2)
    }

    @Test func `a result address with a port that cannot be does not end the process`() async throws {
        let server = FakeControlServer { request, _ in
            request.use == "testRequest"
                ? (
                    200,
                    Self.test.replacingOccurrences(of: #""result_url":"""#, with: #""result_url":"http://a:99999/r""#)
                )
                : Self.honest(request)
        }
        let outcome = try await server.with { url in
            try await ControlClient.talking(try Self.configuration(url)) { client throws(ControlError) in
                let assignment = try await client.requestTest(connections: 3)
                return await client.submit(RMBTMeasurement(), of: assignment, begunAt: Date())
            }
        }
        #expect(outcome == .accepted)
        #expect(server.requests("result").count == 1)
    }

    static var impossibleTerms: [(String, String)] {
        let numbers = [
            "-1", "0", "1e300", "-1e300", "9223372036854775807", "-9223372036854775808", "1e19", "\"1e9\"", "0.4",
        ]
        let fields = ["test_server_port", "test_wait", "test_duration", "test_numthreads", "test_numpings"]
        return fields.flatMap { field in numbers.map { (field, $0) } }
            + [
                ("test_server_port", "65536"), ("test_server_port", "99999"), ("test_server_port", "\"99999\""),
                ("test_server_address", "\"\\u0000\""), ("test_server_address", "\"a\\u0000b\""),
                ("test_server_address", "\"b\u{FC}cher\""), ("test_token", "\"a\\nb\""), ("test_server_type", "\"x\""),
                ("result_url", "7"), ("client_remote_ip", "\"\\ud800\""),
            ]
    }

    @Test func `terms that cannot be are refused or bounded, and never trusted`() async throws {
        for (field, value) in Self.impossibleTerms {
            let text = Self.test.replacing(try Regex("\"\(field)\":(\"[^\"]*\"|[^,}]*)"), with: "\"\(field)\":\(value)")
            let server = FakeControlServer { request, _ in
                request.use == "testRequest" ? (200, text) : Self.honest(request)
            }
            do {
                let terms = try await server.with { try await Self.assignment(try Self.configuration($0)) }
                #expect((1...65_535).contains(terms.serverPort), "\(field) \(value)")
                #expect((0...ControlClient.longestWait).contains(terms.wait), "\(field) \(value)")
                #expect((1...30).contains(terms.duration ?? 1), "\(field) \(value)")
                #expect((1...20).contains(terms.connections ?? 1), "\(field) \(value)")
                #expect((1...1000).contains(terms.pings ?? 1), "\(field) \(value)")
            } catch {
                #expect(error is ControlError, "\(field) \(value): \(error)")
            }
        }
    }
}
