import Foundation
import RMBT
import Testing

@testable import RMBTControl

@Suite struct SettingsAndTestRequestTests {
    @Test func `settings makes a client, keeps one that is known, and makes none without accepted terms`() async throws
    {
        let bench = await ControlBench()
        func uuid(_ message: [String: Any]) async throws -> Any? {
            let fields = try await bench.post("settings", message).fields()
            return (fields["settings"] as? [[String: Any]])?.first?["uuid"]
        }
        let made = try #require(try await uuid(["name": "RMBT", "terms_and_conditions_accepted": true]) as? String)
        #expect(UUID(uuidString: made) != nil && made == made.lowercased())
        #expect(try await uuid(["uuid": ControlBench.client.uppercased()]) as? String == ControlBench.client)
        #expect(try await uuid(["uuid": "x"]) as? String != "x")
        #expect(try await uuid(["terms_and_conditions_accepted": false]) is NSNull)
    }

    @Test func `a test's terms have a token that its server takes, with and without a slash at the end`() async throws {
        let bench = await ControlBench()
        for name in ["testRequest", "testRequest/"] {
            let terms = try await bench.post(name, ControlBench.request).fields()
            #expect(terms["error"] as? [String] == [])
            #expect(terms["test_duration"] as? String == "7")
            #expect(terms["test_numthreads"] as? String == "3")
            #expect(terms["test_server_port"] as? Int == 443)
            #expect(terms["test_server_encryption"] as? Bool == false)
            #expect(terms["test_wait"] as? Int == 0)
            #expect(terms["client_remote_ip"] as? String == "198.51.100.7")
            #expect(terms["result_url"] as? String == "http://control.test/RMBTControlServer/result")
            let token = try #require(terms["test_token"] as? String)
            let verifier = RMBTTokenVerifier(keys: [.init(ControlBench.key, label: "own")])
            #expect(verifier.verdict(on: token, from: nil, at: 1_700_000_000) == .valid(keyLabel: "own"))
            #expect(terms["open_test_uuid"] as? String == "O" + token.prefix(36))
        }
    }

    @Test func `the type of server is what the client can speak`() async throws {
        let both = [
            "web": ControlledServer.Manner(kind: .http, hasTLS: true), "old": .init(kind: .classic, hasTLS: false),
        ]
        let bench = await ControlBench(
            servers: [ControlBench.server("old"), ControlBench.server("web")], manners: both)
        func type(_ changes: [String: Any]) async throws -> String? {
            try await bench.permitted(ControlBench.request.merging(changes) { $1 })["test_server_type"] as? String
        }
        #expect(try await type([:]) == "RMBThttp")
        #expect(try await type(["client": "RMBTws"]) == "RMBTws")
        #expect(try await type(["capabilities": [:] as [String: Any]]) == "RMBT")

        let classic = await ControlBench(manners: ["own": .init(kind: .classic, hasTLS: true)])
        let terms = try await classic.permitted()
        #expect(terms["test_server_type"] as? String == "RMBT")
        #expect(terms["test_server_encryption"] as? Bool == true)
        let browser = ControlBench.request.merging(["client": "RMBTws"]) { $1 }
        #expect(
            try await classic.post("testRequest", browser).errors()
                == ["No RMBT server that speaks WebSocket answers at present; try again in a minute."])
    }

    @Test func `a page that came over TLS is sent to a server with TLS`() async throws {
        let manners = [
            "plain": ControlledServer.Manner(kind: .http, hasTLS: false), "tls": .init(kind: .http, hasTLS: true),
        ]
        let bench = await ControlBench(
            servers: [ControlBench.server("plain"), ControlBench.server("tls")], manners: manners)
        let browser = ControlBench.request.merging(["client": "RMBTws"]) { $1 }
        #expect(try await bench.post("testRequest", browser).fields()["test_server_name"] as? String == "plain")
        #expect(
            try await bench.post("testRequest", browser, over: true).fields()["test_server_name"] as? String == "tls")
    }

    @Test func `a server that does not answer is not offered`() async throws {
        let servers = [ControlBench.server("dead"), ControlBench.server("own")]
        let bench = await ControlBench(servers: servers, manners: ["own": .init(kind: .http, hasTLS: false)])
        #expect(try await bench.permitted()["test_server_name"] as? String == "own")
        let none = await ControlBench(servers: servers, manners: [:])
        let answer = try await none.post("testRequest", ControlBench.request)
        #expect(answer.status == 200)
        #expect(try answer.errors() == ["No RMBT server answers at present; try again in a minute."])
    }

    @Test func `a client may name its server`() async throws {
        let bench = await ControlBench(servers: [ControlBench.server("one"), ControlBench.server("two")])
        let wish: [String: Any] = ["prefer_server": "two", "user_server_selection": true]
        #expect(
            try await bench.permitted(ControlBench.request.merging(wish) { $1 })["test_server_name"] as? String == "two"
        )
        let unknown: [String: Any] = ["prefer_server": "three", "user_server_selection": true]
        #expect(
            try await bench.post("testRequest", ControlBench.request.merging(unknown) { $1 }).errors()
                == ["There is no server of that name; the servers are one, two."])
        let unasked: [String: Any] = ["prefer_server": "two", "user_server_selection": false]
        #expect(
            try await bench.permitted(ControlBench.request.merging(unasked) { $1 })["test_server_name"] as? String
                == "one")
    }

    @Test func `protocol_version leaves out servers that have no such address`() async throws {
        let servers = [ControlBench.server("four"), ControlBench.server("six", host: "2001:db8::1")]
        let bench = await ControlBench(servers: servers)
        for (version, name) in [("ipv4", "four"), ("ipv6", "six")] {
            let request = ControlBench.request.merging(["protocol_version": version]) { $1 }
            #expect(try await bench.permitted(request)["test_server_name"] as? String == name)
        }
    }

    @Test func `a full server makes a client wait, and one that would wait too long is told so`() async throws {
        let bench = await ControlBench(servers: [ControlBench.server("own", maxTests: 1)])
        #expect(try await bench.permitted()["test_wait"] as? Int == 0)
        let second = try await bench.permitted()
        #expect(second["test_wait"] as? Int == 44)
        let token = try #require(second["test_token"] as? String)
        #expect(token.split(separator: "_")[1] == "1700000044")
        let third = try await bench.post("testRequest", ControlBench.request)
        #expect(third.status == 200)
        #expect(try third.errors() == ["All servers are busy; try again in 28 s."])
        #expect(third.retryAfter == 28)
    }

    @Test func `a result gives the place back`() async throws {
        let bench = await ControlBench(servers: [ControlBench.server("own", maxTests: 1)])
        #expect(try await bench.submit().status == 200)
        #expect(try await bench.permitted()["test_wait"] as? Int == 0)
    }

    @Test func `a test that the client gives up gives its place back, but to nobody else`() async throws {
        for (client, errors, wait) in [
            (ControlBench.client, [String](), 0), (UUID().uuidString, ["The client has no such test open."], 44),
        ] {
            let bench = await ControlBench(servers: [ControlBench.server("own", maxTests: 1)])
            let test = try #require(try await bench.permitted()["test_uuid"] as? String)
            let update: [String: Any] = ["uuid": client, "test_uuid": test, "aborted": true]
            #expect(try await bench.post("resultUpdate", update).errors() == errors)
            #expect(try await bench.permitted()["test_wait"] as? Int == wait)
        }
    }

    @Test func `requests without a client, with an unknown time zone or too many of them are refused`() async throws {
        let bench = await ControlBench { $0.testsPerMinute = 3 }
        let nobody = try await bench.post("testRequest", ["client": "RMBT"])
        #expect(nobody.status == 400)
        #expect(try nobody.errors() == ["The field uuid is the client's uuid: get one from settings."])
        let lost = try await bench.post("testRequest", ["uuid": ControlBench.client, "timezone": "Mars/Olympus"])
        #expect(lost.status == 200)
        #expect(
            try lost.errors() == ["The time zone \"Mars/Olympus\" is unknown: name one as Europe/Vienna or UTC."])
        #expect(try await bench.permitted()["test_token"] != nil)
        let fourth = try await bench.post("testRequest", ControlBench.request)
        #expect(fourth.status == 429)
        #expect(fourth.text.contains("asks for too many tests; try again in"))
    }
}
