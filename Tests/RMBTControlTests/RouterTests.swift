import Foundation
import Testing

@testable import RMBTControl

@Suite struct RouterTests {
    @Test func `endpoints take POST alone and other addresses are not there`() async throws {
        let bench = await ControlBench()
        let get = await bench.get("/RMBTControlServer/testRequest")
        #expect(get.status == 405)
        #expect(get.allow == "POST")
        #expect(try get.errors() == ["/RMBTControlServer/testRequest takes POST with a JSON object."])
        for path in ["/RMBTControlServer", "/RMBTControlServer/", "/RMBTControlServer/nothing", "/nothing", "/share"] {
            let answer = await bench.get(path)
            #expect(answer.status == 404, "\(path)")
            #expect(try answer.errors().count == 1)
        }
        #expect(await bench.get("/", method: .post).status == 405)
        #expect(await bench.get("/share/x", method: .other("DELETE")).status == 405)
    }

    @Test func `ip says the client's address and its version`() async throws {
        let bench = await ControlBench()
        let four = try await bench.post("ip", [:]).fields()
        #expect(four["ip"] as? String == "198.51.100.7")
        #expect(four["v"] as? Int == 4)
        let six = await bench.router.answer(
            ControlRequest(method: .post, path: "/RMBTControlServer/ip", client: "2001:db8::7"))
        #expect(try six.fields()["v"] as? Int == 6)
    }

    @Test func `qosTestRequest has no objectives`() async throws {
        let bench = await ControlBench()
        #expect(try await bench.post("qosTestRequest", [:]).text == "{\"error\":[],\"objectives\":{}}")
    }

    @Test func `the test page's policy allows its own script and the servers, and nothing else`() async throws {
        let bench = await ControlBench()
        let page = await bench.get("/")
        let policy = try #require(page.policy)
        #expect(policy.hasPrefix("default-src 'none'; style-src 'sha256-"))
        #expect(policy.contains("connect-src 'self' ws://192.0.2.1:443 wss://192.0.2.1:443;"))
        #expect(!policy.contains("unsafe"))
        let script = try #require(page.text.firstMatch(of: /<script>((?s).*)<\/script>/)?.1)
        #expect(policy.contains("script-src " + PageText.hash(String(script)) + ";"))
        let style = try #require(page.text.firstMatch(of: /<style>((?s).*?)<\/style>/)?.1)
        #expect(policy.contains("style-src " + PageText.hash(String(style)) + ";"))
        // Nothing is fetched from anywhere.
        #expect(page.text.matches(of: /(src|href)="([^"]*)"/).map { String($0.2) } == ["data:,", "#"])
    }

    @Test func `a server with an IPv6 address, which a policy cannot name, opens it to WebSocket`() async throws {
        let bench = await ControlBench(servers: [ControlBench.server("six", host: "2001:db8::1")])
        #expect(await bench.get("/").policy?.contains("connect-src 'self' ws: wss:;") == true)
    }

    @Test func `an address that asks without end is told to wait`() async throws {
        let bench = await ControlBench { $0.requestsPerMinute = 2 }
        let request = ControlRequest(method: .post, path: "/RMBTControlServer/ip", client: "198.51.100.7")
        #expect(bench.router.refusal(of: request) == nil)
        #expect(bench.router.refusal(of: request) == nil)
        #expect(bench.router.refusal(of: request)?.status == 429)
        var other = request
        other.client = "198.51.100.8"
        #expect(bench.router.refusal(of: other) == nil)
    }

    @Test func `forwarded addresses count as far as trusted proxies wrote them`() {
        let trusts: (String) -> Bool = { $0.hasPrefix("10.") }
        func client(_ peer: String, _ header: String) -> String {
            ForwardedFor.client(peer: peer, header: header, trusts: trusts)
        }
        #expect(client("192.0.2.1", "198.51.100.1") == "192.0.2.1")
        #expect(client("10.0.0.1", "198.51.100.1") == "198.51.100.1")
        #expect(client("10.0.0.1", "203.0.113.9, 198.51.100.1, 10.0.0.2") == "198.51.100.1")
        #expect(client("10.0.0.1", "nonsense") == "10.0.0.1")
        #expect(client("10.0.0.1", "[2001:db8::1]") == "2001:db8::1")
        #expect(client("10.0.0.1", "") == "10.0.0.1")
    }
}
