import FleetModel
import Foundation
import Testing
import TestSupport

@testable import Reports

@Suite("The page")
struct HTMLReportTests {
    /// Names that would break out of text, attributes, SVG or the grapheme clusters that hide a `<`.
    static let hostile = [
        "</svg><script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'><b>", "</title></style><script>",
        "\u{600}<script>alert(2)</script>", "\"\u{301} onmouseover=alert(3) x=\"", "<\u{301}script>", "]]><script>",
        "{{{style}}} {{> report}}", "a\u{0}b\u{202E}c", "&lt;script&gt;", "<!--",
    ]

    @Test("Names and sentences of others come out inert", arguments: hostile)
    func inert(_ text: String) throws {
        let runs =
            (0..<6).map { Runs.measured($0, target: text, probe: text) } + [
                Runs.failed(6, target: text, probe: text, .internal, text),
                Runs.failed(7, target: text, probe: text, .internal, text),
            ]
        let target = Target(
            name: text, system: .router(Router(address: text)), group: text, tags: [text: text],
            plan: .init(down: BitRate(bitsPerSecond: 1e8), up: nil), assignments: [])
        let page = try HTMLReport.render(Runs.input([target], runs))
        let plain = try HTMLReport.render(
            Runs.input(
                [Runs.target("x", down: 100)],
                runs.map { run in
                    var run = run
                    run.target = "x"
                    run.probe = "x"
                    if run.outcome.failure != nil { run.outcome = .failed(ProbeFailure(.internal, "x")) }
                    return run
                }))
        // The same markup, byte for byte as far as it is markup: no text can add a tag or end an attribute.
        for mark in ["<", ">", "\""] {
            let scalar = try #require(mark.unicodeScalars.first)
            let count = { (text: String) in text.unicodeScalars.count { $0 == scalar } }
            #expect(count(page) == count(plain) + extraMarkup(mark))
        }
        #expect(!page.unicodeScalars.contains { $0.value == 0 || $0.value == 0x202E })
    }

    /// The hostile target has a group, which the plain one has not: one element more, without attributes.
    private func extraMarkup(_ mark: String) -> Int {
        mark == "\"" ? 0 : 2
    }

    @Test("A page needs no script, no font and no picture from elsewhere, and its policy forbids them")
    func selfContained() throws {
        let page = try HTMLReport.render(ExampleFleet.input)
        for word in [
            "<script", "<link", "<img", "src=", "url(", "@import", "http:", "https:", "javascript:", " style=",
        ] {
            #expect(!page.contains(word), "\(word)")
        }
        #expect(page.firstMatch(of: #/ on[a-z]+=/#) == nil)
        #expect(page.contains("content=\"default-src 'none'; style-src 'sha256-"))
    }

    @Test("The policy names the hash of the style sheet that stands in the page")
    func styleHash() throws {
        let page = try HTMLReport.render(ExampleFleet.input)
        let start = try #require(page.range(of: "<style>")?.upperBound)
        let end = try #require(page.range(of: "</style>")?.lowerBound)
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("style-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(page[start..<end].utf8).write(to: file)
        let digest = Process()
        digest.executableURL = URL(fileURLWithPath: "/usr/bin/sha256sum")
        digest.arguments = [file.path]
        let output = Pipe()
        digest.standardOutput = output
        try digest.run()
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        digest.waitUntilExit()
        let bytes = stride(from: 0, to: 64, by: 2).compactMap { UInt8(text.dropFirst($0).prefix(2), radix: 16) }
        #expect(Data(bytes).base64EncodedString() == HTMLReport.styleHash)
    }

    @Test("No template escapes by the package's own rules")
    func templates() {
        for (name, bytes) in HTMLReport.templates {
            #expect(String(decoding: bytes, as: UTF8.self).hasPrefix("{{% CONTENT_TYPE: FLEETPROBE_HTML}}"), "\(name)")
        }
    }

    @Test("The page says neither nan nor inf, whatever the numbers are")
    func noStrangeNumbers() throws {
        let strange = [Double.nan, .infinity, -.infinity, 0, -1, 1e300, .leastNonzeroMagnitude]
        let runs = strange.enumerated().map { index, value in
            var run = Runs.measured(index, down: value, up: value)
            run.latency = Runs.latency(value, loss: value)
            return run
        }
        let page = try HTMLReport.render(Runs.input([Runs.target(down: .infinity, up: .nan)], runs, minimum: 1))
        let body = try #require(page.range(of: "<body>")).lowerBound
        let text = page[body...].lowercased()
        for word in [">nan", ">inf", " nan", " inf", "-nan", "-inf", "\"nan", "\"inf"] {
            #expect(!text.contains(word), "\(word)")
        }
    }

    @Test("A table has a caption and scoped headers, and every chart a text alternative")
    func accessible() throws {
        let page = try HTMLReport.render(ExampleFleet.input)
        func count(_ text: String) -> Int { page.components(separatedBy: text).count - 1 }
        #expect(count("<table") == count("<caption>"))
        #expect(count("<th ") == count("<th scope="))
        #expect(count("<svg viewBox=\"0 0 720 236\" role=\"img\" aria-labelledby=\"t") == 9)
        #expect(count("<desc id=") == 9 && count("<title id=") == 9)
        #expect(page.contains("Download: 26 runs, 45.5 Mbit/s to 48.9 Mbit/s, median 47.9 Mbit/s, plan 50.0 Mbit/s."))
    }

    @Test("Every link inside the page leads to a place that is there once")
    func anchors() throws {
        let page = try HTMLReport.render(ExampleFleet.input)
        let links = Set(page.matches(of: #/href="#([^"]+)"/#).map { String($0.1) })
        let places = page.matches(of: #/ id="([^"]+)"/#).map { String($0.1) }
        #expect(Set(places).count == places.count)
        #expect(links.count == 12 && links.isSubset(of: places))
    }

    @Test("The attention list is bounded and says how many more there are")
    func attention() throws {
        let names = (0..<25).map { "r\($0)" }
        let page = try HTMLReport.render(
            Runs.input(names.map { Runs.target($0) }, names.map { Runs.failed(0, target: $0) }))
        #expect(page.contains("15 more in the table below."))
        #expect(page.components(separatedBy: "class=\"why\"").count - 1 == 10)
        #expect(!page.contains("<details open>"))
    }

    @Test("Remarks of runs are told in sentences, with how many runs they are of")
    func remarks() throws {
        var runs = (0..<6).map { Runs.measured($0, down: 90) }
        for index in 0..<4 { runs[index].flags = ["remote-cpu-bound"] }
        runs[0].flags += ["server:vienna", "no-such-flag", "<b>"]
        let page = try HTMLReport.render(Runs.input([Runs.target()], runs))
        for (count, remark) in [
            ("4", "CPU-bound: the far side was above 70 %; the link may be faster."),
            ("1", "Measured against the server vienna."), ("1", "no-such-flag"), ("1", "&lt;b&gt;"),
        ] {
            #expect(page.contains("<td class=\"n\">\(count)</td><td class=\"sentence\">\(remark)</td>"), "\(remark)")
        }
        #expect(try !HTMLReport.render(Runs.input([Runs.target()], [Runs.measured(0)])).contains("Remarks"))
    }

    @Test("A probe's row has its jitter and its latency during a transfer")
    func loadedLatency() throws {
        let runs = (0..<5).map { number in
            var run = Runs.measured(number)
            run.latency = Runs.latency(0.012)
            run.latencyUnderLoad = .init(downloadMedian: 0.0345, uploadMedian: nil)
            return run
        }
        let page = try HTMLReport.render(Runs.input([Runs.target()], runs))
        let row = try #require(page.firstMatch(of: #/<th scope="row">tcp</th>.*</tr>/#)).output
        // A dash has an element of its own.
        let figures = row.matches(of: #/<td class="n">([^<]*)</#).map { String($0.1) }
        #expect(figures == ["5", "0", "0", "90.0", "", "12.0", "0.50", "34.5", ""])
    }

    @Test("An empty period is a page too")
    func empty() throws {
        #expect(try HTMLReport.render(Runs.input([], [])).contains("The fleet has no targets to test."))
        #expect(try HTMLReport.render(Runs.input([Runs.target()], [])).contains("No run measured a rate."))
    }
}
