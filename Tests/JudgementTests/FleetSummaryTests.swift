import FleetModel
import Foundation
import TestSupport
import Testing

@testable import Judgement

@Suite("What a period says")
struct FleetSummaryTests {
    func status(_ runs: [ProbeResult], _ target: Target = Runs.target()) throws -> TargetStatus {
        try #require(Runs.judged([target], runs).targets.first).status
    }

    @Test("The status is the first that holds: failing, fails now, below plan, too few runs, ok")
    func statuses() throws {
        let five = (0..<5).map { Runs.measured($0, down: 85, up: 50) }
        #expect(try status([]) == .notTested)
        #expect(try status([], Runs.target(isEnabled: false)) == .disabled)
        #expect(try status([Runs.failed(0, .timeout), Runs.failed(1, .tls)]) == .failing(.tls))
        #expect(try status(five + [Runs.failed(5), Runs.failed(6, .busy)]) == .failsNow(.busy))
        #expect(try status(five + [Runs.failed(5)]) == .ok)
        #expect(try status(five, Runs.target(down: 100)) == .belowPlan)
        #expect(try status(five, Runs.target(down: 94, up: 50)) == .ok)
        #expect(try status(five, Runs.target(up: 60)) == .belowPlan)
        #expect(try status(Array(five.prefix(4)), Runs.target(down: 100)) == .tooFewRuns)
    }

    @Test("A router that answers pings and refuses the password has refused the password")
    func throughputDecides() throws {
        var runs = (0..<6).map { Runs.failed($0, .authentication) }
        runs += (0..<6).map { number in
            var ping = Runs.measured(100 + number, probe: "ping", down: nil)
            ping.kind = .latency
            ping.latency = Runs.latency(0.01)
            return ping
        }
        #expect(try status(runs) == .failing(.authentication))
    }

    @Test("A run that was skipped or missed is no failure of the target")
    func skipped() throws {
        var skipped = Runs.failed(1)
        skipped.outcome = .skipped("Outside its window.")
        let summary = try #require(Runs.judged([Runs.target()], [skipped]).targets.first)
        #expect(summary.status == .notTested)
        #expect(summary.failures.isEmpty)
        #expect(summary.idleReasons.map(\.sentence) == ["Outside its window."])
    }

    @Test("Runs outside the period do not count")
    func period() {
        let runs = [Runs.measured(-1), Runs.measured(7 * 24)]
        #expect(Runs.judged([Runs.target()], runs).targets.first?.status == .notTested)
    }

    @Test("Below the minimum of runs nothing is said but the count and the last value")
    func minimum() {
        let few = RunStatistic([1, 2, 3, 4], minimumRuns: 5)
        #expect(few.median == nil && few.p5 == nil && few.p95 == nil && few.min == nil && few.max == nil)
        #expect(few.count == 4 && few.last == 4)
        let enough = RunStatistic([5, 1, 2, 3, 4], minimumRuns: 5)
        #expect(enough.median == 3 && enough.p5 == 1 && enough.p95 == 5 && enough.last == 4)
        #expect(RunStatistic([.nan, .infinity, 1], minimumRuns: 1).count == 1)
        #expect(RunStatistic([], minimumRuns: 0).median == nil)
    }

    @Test("Probes that do not compare are not mixed: the first in the fleet file that measured speaks")
    func judgingProbe() throws {
        let udp = ProbeSpec(name: "udp", recipe: .btest(.init(transport: .udp)))
        let tcp = ProbeSpec(name: "tcp", recipe: .btest(.init()))
        let runs =
            (0..<5).map { Runs.measured($0, probe: "tcp", down: 90) }
            + (5..<15).map { Runs.measured($0, probe: "udp", down: 50) }
        func median(_ probes: [ProbeSpec]) throws -> Double? {
            let week = Runs.judged([Runs.target(probes: probes)], runs)
            return try #require(week.targets.first).download.rate.median
        }
        #expect(try median([tcp, udp]) == 90e6)
        #expect(try median([udp, tcp]) == 50e6)
        #expect(try median([ProbeSpec(name: "new", recipe: .btest(.init())), tcp]) == 90e6)
        #expect(try median([]) == 50e6)
    }

    @Test("Loss is lost over sent round trips of all runs, not a mean of ratios")
    func loss() throws {
        let runs = (0..<5).map { number in
            var run = Runs.measured(number, probe: "ping", down: nil)
            run.kind = .latency
            run.latency = number == 0 ? Runs.latency(0.01, loss: 0.5, count: 1) : Runs.latency(0.02, count: 99)
            return run
        }
        let summary = try #require(Runs.judged([], runs).targets.first)
        #expect(abs(try #require(summary.lossRatio) - 1.0 / 398) < 1e-12)
        #expect(summary.latency.median == 0.02)
    }

    @Test("Coverage counts scheduled runs that measured, of the slots due")
    func coverage() throws {
        var manual = Runs.measured(3)
        manual.trigger = .manual
        let week = Runs.judged([Runs.target()], [Runs.measured(0), Runs.failed(1), manual], due: ["a": 4])
        let summary = try #require(week.targets.first)
        #expect(summary.coverage.measured == 1 && summary.coverage.due == 4)
    }

    @Test("Targets that only results name follow the fleet's, by name")
    func others() {
        let runs = ["z", "b", "a"].map { Runs.measured(0, target: $0) }
        let week = Runs.judged([Runs.target("m"), Runs.target("b")], runs)
        #expect(week.targets.map(\.name) == ["m", "b", "a", "z"])
    }

    @Test("Failures that say the same are counted together, the most frequent first")
    func failures() throws {
        let runs = [
            Runs.failed(0, .timeout, "T."), Runs.failed(1), Runs.failed(2), Runs.failed(3, .refused, "R."),
        ]
        let groups = try #require(Runs.judged([], runs.shuffled()).targets.first).failures
        #expect(groups.map(\.count) == [2, 1, 1])
        #expect(groups.map(\.kind) == [.unreachable, .timeout, .refused])
        #expect(groups[0].first == runs[1].startedAt && groups[0].last == runs[2].startedAt)
    }
}
