import FleetModel
import Foundation
import Testing
import TestSupport

@testable import Reports

@Suite("CSV")
struct CSVReportTests {
    /// Reads RFC 4180, byte by byte as a machine would; nil where a rule is broken.
    static func parse(_ text: String) -> [[String]]? {
        var (rows, row, cell) = ([[String]](), [String](), [UInt8]())
        var bytes = Array(text.utf8)[...]
        while let byte = bytes.popFirst() {
            switch byte {
            case UInt8(ascii: "\"") where cell.isEmpty:
                while let inner = bytes.popFirst() {
                    guard inner == UInt8(ascii: "\"") else {
                        cell.append(inner)
                        continue
                    }
                    guard bytes.first == inner else { break }
                    cell.append(inner)
                    bytes.removeFirst()
                }
                guard let next = bytes.first, [UInt8(ascii: ","), 13].contains(next) else { return nil }
            case UInt8(ascii: ","):
                row.append(String(decoding: cell, as: UTF8.self))
                cell = []
            case 13:
                guard bytes.popFirst() == 10 else { return nil }
                row.append(String(decoding: cell, as: UTF8.self))
                rows.append(row)
                (row, cell) = ([], [])
            case 10, UInt8(ascii: "\""): return nil
            default: cell.append(byte)
            }
        }
        return row.isEmpty && cell.isEmpty ? rows : nil
    }

    /// The cells of one row by the names of their columns.
    static func row(_ text: String, _ index: Int = 0) throws -> [String: String] {
        let rows = try #require(parse(text))
        #expect(Set(rows.map(\.count)).count == 1)
        return Dictionary(zip(rows[0], rows[index + 1])) { first, _ in first }
    }

    @Test("runs.csv has one row a run, units in its header and ISO times with Z")
    func runs() throws {
        var run = Runs.measured(1, down: 94.2, up: 19.5)
        run.latency = Runs.latency(0.0123, loss: 0.05)
        run.flags = ["remote-cpu-bound", "tls-unverified"]
        let cells = try Self.row(CSVReport.runs([run]))
        #expect(cells["download_mbit_per_s"] == "94.2")
        #expect(cells["upload_mbit_per_s"] == "19.5")
        #expect(cells["latency_median_ms"] == "12.3")
        #expect(cells["latency_jitter_ms"] == "0.5")
        #expect(cells["loss_ratio"] == "0.05")
        #expect(cells["started_at"] == "2026-03-02T01:00:01.500Z")
        #expect(cells["duration_seconds"] == "10.02")
        #expect(cells["flags"] == "remote-cpu-bound tls-unverified")
        #expect(cells["failure"] == "")
    }

    @Test("What is unknown leaves its cell empty, also a number that is none")
    func unknown() throws {
        var run = Runs.failed(1)
        run.download = Runs.transfer(.nan)
        run.cpu = .init(local: .infinity, remote: nil)
        run.scheduledAt = nil
        let cells = try Self.row(CSVReport.runs([run]))
        for name in ["download_mbit_per_s", "upload_mbit_per_s", "cpu_local_ratio", "scheduled_at", "flags"] {
            #expect(cells[name] == "")
        }
        #expect(cells["failure_kind"] == "unreachable")
        #expect(cells["failure"] == "192.0.2.1:2000 did not answer within 3 s.")
    }

    @Test(
        "Any text comes back as it was",
        arguments: [
            "a,b", "a\"b\"", "\"", "two\r\nlines", "two\nlines", "ü, ç", ",\u{301}", "\"\u{301},x", " spaced ",
            "a\u{600},b",
        ])
    func roundTrip(_ text: String) throws {
        let run = Runs.failed(1, target: text, .internal, text)
        let cells = try Self.row(CSVReport.runs([run]))
        #expect(cells["target"] == text)
        #expect(cells["failure"] == text)
    }

    @Test(
        "A cell that a spreadsheet would run is made text",
        arguments: [
            "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r\n=1", "\n=1", "=\u{301}1", " =1+1", "  @x", "\u{A0}=1",
            "\u{3000}-1", " \t+1", "＝1",
            "−1",
        ])
    func formulas(_ text: String) throws {
        #expect(try Self.row(CSVReport.runs([Runs.measured(1, target: text)]))["target"] == "'" + text)
    }

    @Test("Numbers stay numbers, below zero too")
    func numbers() {
        #expect(CSVTable.line([.integer(-5), .number(-0.25), .text(" a=b"), .text("")]) == "-5,-0.25, a=b,")
    }

    @Test(
        "What steers a terminal or a page is replaced in a cell",
        arguments: ["\u{1B}", "\u{7}", "\u{9B}", "\u{202E}", "\r"])
    func steering(_ mark: String) throws {
        let cells = try Self.row(CSVReport.runs([Runs.failed(1, target: "a\(mark)b", .internal, "\(mark)=1")]))
        #expect(cells["target"] == "a\u{FFFD}b" && cells["failure"] == "'\u{FFFD}=1")
    }

    @Test("Rows end in CR LF, the last one too, and no mark stands before the header")
    func lineEnds() {
        #expect(CSVReport.runs([]).hasPrefix("run_id,target,probe,"))
        #expect(CSVReport.runs([]).utf8.suffix(2) == [13, 10])
    }

    @Test("summary.csv has one row a target and direction")
    func summary() throws {
        let runs = (0..<6).map { Runs.measured($0, down: 80 + Double($0), up: 20) } + [Runs.failed(6)]
        let input = Runs.input([Runs.target(down: 100), Runs.target("b")], runs, due: ["a": 8])
        let text = CSVReport.summary(input)
        #expect(
            try #require(Self.parse(text)).dropFirst().map { [$0[0], $0[3]] } == [
                ["a", "download"], ["a", "upload"], ["b", "download"], ["b", "upload"],
            ])
        let down = try Self.row(text)
        #expect(down["rate_median_mbit_per_s"] == "82.5")
        #expect(down["rate_p5_mbit_per_s"] == "80")
        #expect(down["rate_p95_mbit_per_s"] == "85")
        #expect(down["plan_mbit_per_s"] == "100")
        #expect(down["plan_met_ratio"] == "0")
        #expect(down["status"] == "below-plan")
        #expect(down["runs_due"] == "8" && down["runs_measured"] == "6" && down["runs_failed"] == "1")
        let other = try Self.row(text, 2)
        #expect(other["rate_median_mbit_per_s"] == "" && other["runs_due"] == "" && other["status"] == "not-tested")
    }

    @Test("Below the minimum of runs a statistic is empty and the last value stands")
    func minimum() throws {
        let cells = try Self.row(CSVReport.summary(Runs.input([], (0..<4).map { Runs.measured($0) })))
        #expect(cells["rate_median_mbit_per_s"] == "" && cells["rate_p95_mbit_per_s"] == "")
        #expect(cells["rate_last_mbit_per_s"] == "90" && cells["rate_runs"] == "4")
    }
}
