import FleetModel
import Foundation
import TestSupport
import Testing

@testable import Judgement

@Suite("What may be judged by a plan, and what is lost")
struct PlanAndLossTests {
    private static func capped(_ number: Int, down: Double, up: Double?, cap: RateCap) -> ProbeResult {
        var run = Runs.measured(number, down: down, up: up)
        run.download?.cap = cap
        run.upload?.cap = cap
        return run
    }

    private static func recipe(rate: Double?) -> ProbeSpec {
        ProbeSpec(
            name: "tcp",
            recipe: .btest(.init(direction: .both, rate: rate.map { BitRate(bitsPerSecond: $0 * 1e6) })))
    }

    private static func summary(_ target: Target, _ runs: [ProbeResult]) throws -> TargetSummary {
        try #require(Runs.judged([target], runs).targets.first)
    }

    @Test("A test that is capped below the plan says nothing of the plan, a direction at a time")
    func capped() throws {
        let cap = RateCap.limited(BitRate(bitsPerSecond: 50e6))
        let runs = (0..<18).map { Self.capped($0, down: 49.8, up: 19.9, cap: cap) }
        let summary = try Self.summary(Runs.target(down: 100, up: 20, probes: [Self.recipe(rate: 50)]), runs)
        #expect(summary.download.isBelowPlan == nil && summary.download.planMetRatio == nil)
        #expect(summary.download.rate.median == 49.8e6)
        #expect(summary.upload.isBelowPlan == false && summary.upload.planMetRatio == 1)
        #expect(summary.status == .ok)
    }

    @Test("Where a run's cap was not kept, today's recipe is what is known; where it was, today's recipe says nothing")
    func olderRuns() throws {
        let target = Runs.target(down: 100, probes: [Self.recipe(rate: 50)])
        let unknown = (0..<5).map { Self.capped($0, down: 49.8, up: nil, cap: .unknown) }
        #expect(try Self.summary(target, unknown).status == .ok)
        let free = (0..<5).map { Self.capped($0, down: 49.8, up: nil, cap: .none) }
        #expect(try Self.summary(target, free).status == .belowPlan)
        // A cap that was given up since: the runs under it still say nothing.
        let past = (0..<5).map { Self.capped($0, down: 49.8, up: nil, cap: .limited(BitRate(bitsPerSecond: 50e6))) }
        #expect(try Self.summary(Runs.target(down: 100, probes: [Self.recipe(rate: nil)]), past).status == .ok)
    }

    @Test("A cap that leaves room for the plan hides nothing", arguments: [(89.9, true), (90.0, true), (91.0, false)])
    func room(cap: Double, hides: Bool) throws {
        let cap = RateCap.limited(BitRate(bitsPerSecond: cap * 1e6))
        let runs = (0..<5).map { Self.capped($0, down: 40, up: nil, cap: cap) }
        #expect(try Self.summary(Runs.target(down: 100), runs).status == (hides ? .ok : .belowPlan))
    }

    @Test("Six answered and six dead runs have lost half")
    func deadRuns() throws {
        let week = Runs.judged([Runs.target()], (0..<12).map { Runs.ping($0, isAnswered: $0 < 6) })
        let summary = try #require(week.targets.first)
        #expect(summary.lossRatio == 0.5)
        #expect(summary.latency.median == 0.01)
    }

    @Test("Dead runs alone have lost everything")
    func nothingAnswered() throws {
        let summary = try Self.summary(Runs.target(), (0..<5).map { Runs.ping($0, isAnswered: false) })
        #expect(summary.lossRatio == 1)
        #expect(summary.latency.median == nil)
    }

    @Test("A target's latency and loss come of its latency probes where it has any, and of its tests else")
    func oneSource() throws {
        let tests = (20..<30).map { number in
            var run = Runs.measured(number)
            run.latency = Runs.latency(0.5, count: 10)
            return run
        }
        let pings = (0..<10).map { Runs.ping($0, isAnswered: $0 < 5) }
        let both = try Self.summary(Runs.target(), pings + tests)
        #expect(both.latency.median == 0.01 && both.lossRatio == 0.5)
        let alone = try Self.summary(Runs.target(), tests)
        #expect(alone.latency.median == 0.5 && alone.lossRatio == 0)
    }

    @Test("Runs whose figures mean nothing stay out of statistics and are counted", arguments: RunFlag.outOfStatistics)
    func flagged(flag: String) throws {
        let good = (0..<5).map { Runs.measured($0, down: 90) }
        let odd = (5..<20).map { number in
            var run = Runs.measured(number, down: 1)
            run.flags = ["tls-unverified", flag]
            run.latency = Runs.latency(1, loss: 0.5)
            return run
        }
        let summary = try Self.summary(Runs.target(down: 100), good + odd)
        #expect(summary.download.rate.median == 90e6 && summary.download.rate.count == 5)
        // When a run of a wrong clock was is not known: it belongs to no period, and is told as a remark.
        let counted = flag == RunFlag.clockWrong ? 5 : 20
        #expect(summary.lossRatio == nil && summary.coverage.measured == counted)
        #expect(summary.probes.first?.measured == counted && summary.probes.first?.download.count == 5)
        #expect(summary.flags.contains { $0.flag == flag && $0.count == 15 })
    }

    @Test("What an interrupted run lost is no loss of the line")
    func interrupted() throws {
        var frozen = Runs.ping(9, isAnswered: false)
        frozen.outcome = .failed(ProbeFailure(.interrupted, "This machine stood still."))
        let summary = try Self.summary(Runs.target(), (0..<5).map { Runs.ping($0, isAnswered: true) } + [frozen])
        #expect(summary.lossRatio == 0)
    }
}
