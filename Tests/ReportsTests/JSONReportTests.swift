import FleetModel
import Foundation
import Testing
import TestSupport

@testable import Reports

@Suite("JSON of runs")
struct JSONReportTests {
    static let keys = [
        "schema_version", "run_id", "target", "probe", "kind", "trigger", "job", "slot", "scheduled_at", "stored",
        "started_at",
        "duration_seconds", "outcome", "failure", "reason", "download", "upload", "latency", "latency_under_load",
        "cpu", "capacity", "authentication", "flags",
    ]

    static func full() -> ProbeResult {
        var run = Runs.measured(1, target: "ap-north", down: 94.2)
        run.download?.lostPackets = 3
        run.download?.samples = [.init(connection: 0, nanoseconds: 500_000_000, bytes: 5_000_000)]
        run.latency = Runs.latency(0.0125)
        run.latencyUnderLoad = .init(downloadMedian: 0.04, uploadMedian: nil)
        run.cpu = .init(local: 0.25, remote: nil)
        run.authentication = .ecSRP5
        run.flags = ["remote-cpu-bound"]
        return run
    }

    @Test("A measured run is written exactly as the contract says, keys in its order")
    func exact() {
        #expect(
            JSONReport.line(Self.full(), includingSamples: true) == """
                {"schema_version":1,"run_id":"00000000-0000-4000-8000-000000000001","target":"ap-north","probe":"tcp",\
                "kind":"btest","trigger":"schedule","job":"ap-north/tcp/0","slot":1,\
                "scheduled_at":"2026-03-02T01:00:00.000Z","stored":true,"started_at":"2026-03-02T01:00:01.500Z","duration_seconds":10.02,"outcome":"measured","failure":null,\
                "reason":null,"download":{"bits_per_second":94200000.0,"bytes":125000000,"duration_seconds":10.0,\
                "connections":4,"lost_packets":3,"reordered_packets":null,"duplicate_packets":null,\
                "samples":[{"connection":0,"t_ns":500000000,"bytes":5000000}],"cap_bits_per_second":null},"upload":null,\
                "latency":{"median_seconds":0.0125,"min_seconds":0.00625,"max_seconds":0.05,"p95_seconds":0.025,\
                "count":20,"loss_ratio":0.0,"method":"icmp","jitter_seconds":0.0005,"spread_seconds":0.043750000000000004,\
                "client_median_seconds":null,"sent":20},\
                "latency_under_load":{"download_median_seconds":0.04,"upload_median_seconds":null},\
                "cpu":{"local_ratio":0.25,"remote_ratio":null},"capacity":null,"authentication":"ec-srp5",\
                "flags":["remote-cpu-bound"]}
                """)
    }

    @Test("Keys never vanish, whatever became of the run")
    func keysStay() throws {
        var skipped = Runs.failed(2)
        skipped.outcome = .skipped("Outside its window.")
        skipped.scheduledAt = nil
        for run in [Self.full(), Runs.failed(1), skipped] {
            let object = try JSONSerialization.jsonObject(with: Data(JSONReport.line(run).utf8)) as? [String: Any]
            #expect(Set(try #require(object).keys) == Set(Self.keys))
        }
    }

    @Test("A run that no store has says so")
    func unstored() {
        let runs = [Runs.measured(1), Runs.measured(2)]
        let lines = JSONReport.array(runs, unstored: [runs[1].runID]).split(separator: "\n")
        #expect(lines[1].contains("\"stored\":true") && lines[2].contains("\"stored\":false"))
    }

    @Test("A failure has its kind and sentence; a skipped run has a reason and no failure")
    func outcomes() {
        let failed = JSONReport.line(Runs.failed(1, .authentication, "It said \"no\"."))
        #expect(failed.contains(#""failure":{"kind":"authentication","message":"It said \"no\"."},"reason":null"#))
        var missed = Runs.failed(2)
        missed.outcome = .missed("tower-7 was in use.")
        #expect(JSONReport.line(missed).contains(#""outcome":"missed","failure":null,"reason":"tower-7 was in use.""#))
    }

    @Test("A number that is none becomes null")
    func noNumbers() {
        var run = Self.full()
        run.download?.bitsPerSecond = .nan
        run.cpu = .init(local: .infinity, remote: -.infinity)
        let line = JSONReport.line(run)
        #expect(line.contains(#""bits_per_second":null"#))
        #expect(line.contains(#""cpu":{"local_ratio":null,"remote_ratio":null}"#))
    }

    @Test(
        "Any text survives",
        arguments: [
            "\"", "\\", "\u{0}\u{1}\u{1F}\u{7F}", "line\nfeed\r\n\ttab", "\u{2028}", "\"\u{301}", "😀 ü", "</script>",
        ])
    func text(_ text: String) throws {
        let line = JSONReport.line(Runs.failed(1, target: text, .internal, text))
        #expect(!line.unicodeScalars.contains { $0.value < 0x20 })
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        #expect(object?["target"] as? String == text)
    }

    @Test("An array is one JSON text whose elements are the lines; none is an empty array")
    func array() throws {
        let runs = [Self.full(), Runs.failed(2)]
        let parsed = try JSONSerialization.jsonObject(with: Data(JSONReport.array(runs).utf8)) as? [Any]
        #expect(parsed?.count == 2)
        #expect(JSONReport.array(runs) == "[\n \(JSONReport.line(runs[0])),\n \(JSONReport.line(runs[1]))\n]\n")
        #expect(JSONReport.array([]) == "[]\n")
    }

    @Test("Any encoder writes the same document")
    func encodable() throws {
        let document = RunDocument(Self.full(), includingSamples: true)
        let encoded = try JSONSerialization.jsonObject(with: JSONEncoder().encode(document)) as? NSDictionary
        let written = try JSONSerialization.jsonObject(with: Data(document.value.line.utf8)) as? NSDictionary
        #expect(try #require(encoded) == #require(written))
    }
}
