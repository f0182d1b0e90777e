import Foundation
import Testing
import Transfer

@testable import RMBTControl

@Suite struct ReadingResultsTests {
    @Test func `history lists a client's results, the newest first, and nobody else's`() async throws {
        let bench = await ControlBench()
        #expect(try await bench.submit().status == 200)
        bench.clock.advance(by: 100)
        #expect(try await bench.submit(["test_status": "2"]).status == 200)
        let fields = try await bench.post("history", ["uuid": ControlBench.client]).fields()
        let history = try #require(fields["history"] as? [[String: Any]])
        #expect(history.map { $0["status"] as? String } == ["2", "0"])
        #expect(history.last?["speed_download"] as? String == "80.0")
        #expect(history.last?["ping"] as? String == "1.00")
        #expect(history.last?["time"] as? Int == 1_700_000_000_000)
        #expect(history.last?["time_string"] as? String == "2023-11-14T22:13:20Z")
        let stranger = try await bench.post("history", ["uuid": UUID().uuidString]).fields()
        #expect((stranger["history"] as? [Any])?.isEmpty == true)
        let one = try await bench.post("history", ["uuid": ControlBench.client, "result_limit": 1]).fields()
        #expect((one["history"] as? [Any])?.count == 1)
        #expect(try await bench.post("history", ["uuid": "x"]).status == 400)
    }

    @Test func `testresult says one result in words, by either name of its test`() async throws {
        let bench = await ControlBench()
        let terms = try await bench.finished()
        let parts = [Int64](repeating: 2_500_000, count: 8)
        #expect(try await bench.report([try ControlBench.served(terms, sent: parts, received: parts)]).status == 200)
        #expect(try await bench.post("result", try ControlBench.submission(terms)).status == 200)
        for key in ["test_uuid", "open_test_uuid"] {
            let name = try #require(terms[key] as? String)
            let fields = try await bench.post("testresult", ["test_uuid": name, "language": "en"]).fields()
            let result = try #require((fields["testresult"] as? [[String: Any]])?.first)
            let measured = try #require(result["measurement"] as? [[String: String]])
            #expect(measured.map { $0["title"] } == ["Download", "Upload", "Ping"])
            #expect(measured.map { $0["value"] } == ["80.0 Mbit/s", "40.0 Mbit/s", "1.00 ms"])
            #expect(
                result["share_url"] as? String
                    == "http://control.test/share/" + (terms["open_test_uuid"] as? String ?? ""))
        }
        let none = try await bench.post("testresult", ["test_uuid": UUID().uuidString])
        #expect(try none.errors() == ["The test has no result."])
    }

    @Test func `a result's page shows rates, latency and curve, and what a client wrote is only text`() async throws {
        let hostile = "<script>alert(1)</script>"
        let results = MemoryResults()
        let test = UUID()
        var result = ControlResult(id: test, startedAt: Date(timeIntervalSince1970: 0), duration: .seconds(20))
        result.clientName = hostile + "\u{202E}'\""
        result.server = hostile
        result.download = .init(
            bitsPerSecond: 93_400_000, bytes: 1, nanoseconds: 1_000_000_000, connections: 1,
            tuples: [
                [
                    .init(nanoseconds: 500_000_000, bytes: 5_000_000),
                    .init(nanoseconds: 1_000_000_000, bytes: 11_675_000),
                ]
            ])
        result.pings = [12_300_000]
        #expect(try await results.store(result))
        let bench = await ControlBench(results: results)
        let page = await bench.get("/share/O" + test.uuidString.lowercased())
        #expect(page.status == 200)
        #expect(page.content == .html)
        #expect(!page.text.contains("<script"))
        #expect(page.text.contains("&lt;script&gt;alert(1)&lt;/script&gt;\u{FFFD}&#39;&quot;"))
        #expect(page.text.contains("<dd>93.4 <small>Mbit/s</small></dd>"))
        #expect(page.text.contains("<dd>12.3 <small>ms</small></dd>"))
        #expect(page.text.contains("class=\"line down\" d=\"M"))
        #expect(page.policy?.hasPrefix("default-src 'none'; style-src 'sha256-") == true)
    }

    @Test func `a page of no result is 404, also for names that are none`() async {
        let bench = await ControlBench()
        for name in ["O" + UUID().uuidString, "x", "", "..%2f", "<b>"] {
            let page = await bench.get("/share/" + name)
            #expect(page.status == 404)
        }
    }

    @Test func `the curve is drawn from whatever tuples there are`() {
        let odd: [[[Int64]]] = [
            [], [[]], [[0, 0]], [[0, 0], [0, 5]], [[5, 0], [5, .max / 2]], [[1, 1], [3_600_000_000_000, 2]],
        ]
        for tuples in odd {
            let connection = tuples.compactMap { pair in
                pair.count == 2 ? TransferTuple(nanoseconds: pair[0], bytes: pair[1]) : nil
            }
            let direction = ControlResult.Direction(
                bitsPerSecond: 1, bytes: 1, nanoseconds: 1, connections: 1, tuples: [connection])
            let chart = ResultChart(download: direction, upload: nil)
            #expect(chart?.svg.contains("nan") != true)
            #expect(chart?.svg.contains("inf") != true)
        }
    }

    @Test func `the page of an unconfirmed result claims nothing, in both languages`() async throws {
        let bench = await ControlBench()
        let terms = try await bench.finished()
        #expect(try await bench.post("result", try ControlBench.submission(terms)).status == 200)
        let path = "/share/" + (try #require(terms["open_test_uuid"] as? String))
        let page = await bench.get(path)
        #expect(page.text.contains("This result is unconfirmed"))
        #expect(!page.text.contains("<dd>") && !page.text.contains("<svg"))
        #expect(page.text.contains("Reported by the client"))
        let request = ControlRequest(method: .get, path: path, client: "198.51.100.7", languages: ["de-AT", "en"])
        let german = await bench.router.answer(request)
        #expect(german.text.contains("<html lang=\"de\">"))
        #expect(german.text.contains("Dieses Ergebnis ist nicht bestätigt"))
        #expect(german.text.contains("Download 80,0 Mbit/s"))
        let fields = try await bench.post("testresult", ["test_uuid": try #require(terms["test_uuid"])]).fields()
        let told = try #require((fields["testresult"] as? [[String: Any]])?.first)
        #expect((told["share_text"] as? String)?.contains("Mbit/s") == false)
        let history = try await bench.post("history", ["uuid": ControlBench.client]).fields()
        #expect((history["history"] as? [[String: Any]])?.first?["unconfirmed"] as? Bool == true)
    }

    @Test func `pages name the operator, as text, with links`() async {
        let bench = await ControlBench {
            $0.operatorLinks = OperatorLinks(
                name: "Net & <b>Works</b>", imprint: "https://a.example/i?a=1&b=\"2", privacy: "https://a.example/p")
        }
        for path in ["/", "/share/x"] {
            let page = await bench.get(path).text
            #expect(page.contains("Net &amp; &lt;b&gt;Works&lt;/b&gt;"))
            #expect(page.contains("href=\"https://a.example/i?a=1&amp;b=&quot;2\""))
            #expect(page.contains(">Imprint</a>") && page.contains(">Privacy</a>"))
        }
        let plain = await ControlBench()
        #expect(!(await plain.get("/")).text.contains("imprint\""))
    }
}
