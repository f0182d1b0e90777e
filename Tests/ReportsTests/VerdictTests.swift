import FleetModel
import Foundation
import Judgement
import Testing
import TestSupport

@testable import Reports

@Suite("What a report says in sentences")
struct VerdictTests {
    @Test("The verdict counts who answered, then why others did not, then who is slow")
    func verdict() {
        let kinds: [ProbeFailure.Kind] = [.unreachable, .unreachable, .authentication]
        var targets = ["ok1", "ok2"].map { Runs.target($0) } + [Runs.target("slow", down: 100), Runs.target("idle")]
        targets += [Runs.target("gone"), Runs.target("off", isEnabled: false)]
        var runs = ["ok1", "ok2", "slow"].flatMap { name in (0..<6).map { Runs.measured($0, target: name, down: 80) } }
        runs += (0..<6).map { Runs.measured($0, target: "gone") } + [6, 7].map { Runs.failed($0, target: "gone") }
        for (index, kind) in kinds.enumerated() {
            targets.append(Runs.target("bad\(index)"))
            runs += (0..<3).map { Runs.failed($0, target: "bad\(index)", kind) }
        }
        #expect(
            FleetSummary(Runs.input(targets, runs)).verdict
                == "4 of 8 targets answered; 2 unreachable; 1 refused the password; 1 failing; 1 below its plan; "
                + "1 not tested.")
    }

    @Test("A fleet that is well is said to be so, one that did not run too")
    func plainVerdicts() {
        func verdict(_ names: [String], measured: [String]) -> String {
            let runs = measured.flatMap { name in (0..<5).map { Runs.measured($0, target: name) } }
            return FleetSummary(Runs.input(names.map { Runs.target($0) }, runs)).verdict
        }
        #expect(verdict(["a", "b"], measured: ["a", "b"]) == "All 2 targets answered.")
        #expect(verdict(["a"], measured: ["a"]) == "The one target answered.")
        #expect(verdict(["a", "b"], measured: []) == "None of 2 targets was tested in this period.")
        #expect(verdict([], measured: []) == "The fleet has no targets to test.")
    }

    @Test("A rate below the plan that the router's own CPU made says so")
    func busyRouter() throws {
        func why(busy: Int) throws -> String {
            var runs = (0..<6).map { Runs.measured($0, down: 50) }
            for index in 0..<busy { runs[index].flags = ["remote-cpu-bound"] }
            let summary = FleetSummary(Runs.input([Runs.target(down: 100)], runs))
            return try #require(summary.targets.first).why(ReportTime(zone: .gmt))
        }
        #expect(
            try why(busy: 3).hasSuffix(
                "CPU-bound: the far side was above 70 % in 3 of 6 runs; the link may be faster."))
        #expect(try why(busy: 3).contains("; 0 of 6 runs reached it. CPU-bound: "))
        #expect(try !why(busy: 2).contains("CPU"))
    }
}
