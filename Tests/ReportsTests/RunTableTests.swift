import FleetModel
import Testing
import TestSupport

@testable import Reports

@Suite("Table of runs")
struct RunTableTests {
    @Test("Columns are aligned, numbers at their right edge")
    func aligned() {
        var measured = Runs.measured(1, target: "ap-north", down: 94.2, up: 8.1)
        measured.latency = Runs.latency(0.0123, loss: 0.05)
        measured.latencyUnderLoad = .init(downloadMedian: 0.0456, uploadMedian: 0.12)
        measured.flags = ["remote-cpu-bound"]
        let failed = Runs.failed(2, target: "hill", .authentication, "198.51.100.7 refused the password of user probe.")
        #expect(
            RunTable.text([measured, failed]) == """
                STARTED               TARGET    PROBE  OUTCOME            DOWNLOAD       UPLOAD  LATENCY         LOADED   LOSS  NOTE
                2026-03-02T01:00:01Z  ap-north  tcp    measured        94.2 Mbit/s  8.10 Mbit/s  12.3 ms  45.6/120.0 ms  5.0 %  \
                remote-cpu-bound
                2026-03-02T02:00:01Z  hill      tcp    authentication            –            –        –              –      –  \
                198.51.100.7 refused the password of user probe.

                """)
    }

    @Test("One series of round trips under the load of both directions is one figure")
    func loadedOnce() {
        var run = Runs.measured(1)
        for (down, up) in [(0.02, 0.02), (0.02, nil), (nil, 0.02)] {
            run.latencyUnderLoad = .init(downloadMedian: down, uploadMedian: up)
            #expect(RunTable.text([run]).contains("  20.0 ms  "))
        }
    }

    @Test("Packets that were lost, late or doubled stand in the note, others need no word")
    func packets() {
        var run = Runs.measured(1, up: 10)
        run.download?.lostPackets = 12
        run.download?.reorderedPackets = 0
        run.download?.duplicatePackets = 1
        run.upload?.lostPackets = 0
        #expect(RunTable.text([run]).hasSuffix("  download packets: 12 lost, 1 duplicate\n"))
        run.upload?.lostPackets = 3
        run.flags = ["stalled"]
        #expect(
            RunTable.text([run]).hasSuffix(
                "  stalled; download packets: 12 lost, 1 duplicate; upload packets: 3 lost\n"))
    }

    @Test("Without runs there are only the headings")
    func empty() {
        #expect(RunTable.text([]) == "STARTED  TARGET  PROBE  OUTCOME  DOWNLOAD  UPLOAD  LATENCY  LOADED  LOSS  NOTE\n")
    }

    @Test("Colour adds codes to outcomes and changes no width")
    func colour() {
        let runs = [Runs.measured(1), Runs.failed(2)]
        let coloured = RunTable.text(runs, colour: true)
        #expect(coloured.contains("\u{1B}[31munreachable\u{1B}[0m"))
        #expect(coloured.contains("\u{1B}[32mmeasured\u{1B}[0m"))
        let bare = ["[0m", "[1m", "[31m", "[32m"].reduce(coloured) { $0.replacing("\u{1B}" + $1, with: "") }
        #expect(bare == RunTable.text(runs))
    }

    @Test("Text of others cannot steer the terminal or break a line")
    func inert() {
        let run = Runs.failed(1, target: "a\u{1B}[2Jb", .internal, "one\r\ntwo\u{9B}31m\u{202E}three")
        let text = RunTable.text([run], colour: false)
        #expect(text.contains("a\u{FFFD}[2Jb"))
        #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count == 3)
        let forbidden: [Unicode.Scalar] = ["\u{1B}", "\r", "\u{9B}", "\u{202E}"]
        #expect(!text.unicodeScalars.contains { forbidden.contains($0) })
    }

    @Test("Wide characters take two columns")
    func wide() throws {
        let text = RunTable.text([Runs.measured(1, target: "東京"), Runs.measured(2, target: "abcd")])
        let lines = text.split(separator: "\n")
        #expect(lines[1].contains("Z  東京    tcp"))
        #expect(lines[2].contains("Z  abcd    tcp"))
    }
}
