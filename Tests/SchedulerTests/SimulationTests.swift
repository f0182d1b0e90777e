import FleetModel
import Foundation
import Testing

@testable import Scheduler

@Suite("A week of a fleet on a virtual clock")
struct SimulationTests {
    /// Runs a state until a time, the way the performer does, with runs that take and end as `outcome` says.
    private struct Simulation {
        struct Start {
            let request: RunRequest
            let time: Date
        }

        struct End: Comparable {
            let time: Date
            let request: RunRequest

            static func < (left: End, right: End) -> Bool {
                (left.time, left.request.id) < (right.time, right.request.id)
            }

            static func == (left: End, right: End) -> Bool { left.request.id == right.request.id }
        }

        var state: SchedulerState
        let outcome: (RunRequest) -> (seconds: Double, outcome: ProbeResult.Outcome)
        var starts: [Start] = []
        var results: [ProbeResult] = []
        var missed: [MissedSlot] = []
        var notes: [String] = []
        var mostTests = 0
        var mostProbes = 0
        var twoOnOneTarget = 0
        private var ends = BinaryHeap<End>()
        private var running: [RunRequest] = []

        init(
            _ state: SchedulerState,
            outcome: @escaping (RunRequest) -> (seconds: Double, outcome: ProbeResult.Outcome)
        ) {
            self.state = state
            self.outcome = outcome
        }

        mutating func run(from begin: Date, until end: Date) {
            var now = begin
            var wake = take(state.timePassed(now), at: now)
            while true {
                let next = [wake, ends.first?.time].compactMap { $0 }.min() ?? end
                guard next < end else { return }
                now = max(now, next)
                if let first = ends.first, first.time <= now, let ended = ends.removeFirst() {
                    running.removeAll { $0.id == ended.request.id }
                    let result = Make.result(of: ended.request, outcome(ended.request).outcome, at: now)
                    wake = take(state.runEnded(ended.request, with: result, at: now), at: now)
                } else {
                    wake = take(state.timePassed(now), at: now)
                }
            }
        }

        private mutating func take(_ actions: [SchedulerAction], at now: Date) -> Date? {
            results += actions.recorded
            missed += actions.missed
            notes += actions.notes
            for request in actions.started {
                starts.append(Start(request: request, time: now))
                if request.probe.kind.isThroughputTest,
                    running.contains(where: {
                        $0.probe.kind.isThroughputTest && $0.target.name == request.target.name
                    })
                {
                    twoOnOneTarget += 1
                }
                running.append(request)
                ends.insert(End(time: now.addingTimeInterval(outcome(request).seconds), request: request))
            }
            mostTests = max(mostTests, running.count { $0.probe.kind.isThroughputTest })
            mostProbes = max(mostProbes, running.count { !$0.probe.kind.isThroughputTest })
            return actions.wait
        }
    }

    private let week = 7.0 * 86400

    private func fleet(count: Int, concurrentTests: Int) throws -> Fleet {
        let nightly = try Make.cron("0 2 * * *", spread: .seconds(7200))
        let targets = (0..<count).map { index in
            index.isMultiple(of: 10)
                ? Make.target("r\(index)", [Make.tcp], schedule: [nightly, Make.every(43200, jitter: .poisson)])
                : Make.target("r\(index)", [Make.tcp, Make.ping], schedule: [Make.every(21600)], priority: index % 3)
        }
        return Make.fleet(targets, concurrentTests: concurrentTests)
    }

    @Test func `accounts for every slot of a thousand targets exactly once, within its time and its limits`() throws {
        let fleet = try fleet(count: 1000, concurrentTests: 2)
        let end = Make.time(week)
        let state = SchedulerState(fleet: fleet, seed: "s", now: Make.start)
        // One run in nine fails, one in ninety for good; a throughput test takes 6 to 20 seconds.
        var simulation = Simulation(state) { request in
            let random = PlanHash(seed: "outcome", jobID: request.target.name).value(.order, Int64(request.id))
            let seconds = request.probe.kind == .latency ? 3 : 6 + Double(random % 1400) / 100
            let kind: ProbeFailure.Kind? = random % 90 == 0 ? .authentication : random % 9 == 0 ? .unreachable : nil
            return (seconds, kind.map { .failed(ProbeFailure($0, "x")) } ?? .measured)
        }
        simulation.run(from: Make.start, until: end)

        let planned = Planner(fleet: fleet, seed: "s").starts(in: Make.start..<end)
        let ended = simulation.results.map { "\($0.jobID ?? "") \($0.slot ?? -1)" }
        let missed = simulation.missed.map { "\($0.jobID) \($0.slot.number)" }
        let accounted = ended + missed
        #expect(Set(accounted).count == accounted.count)
        // What still waits or runs at the end is not over yet.
        let open = planned.filter { $0.latest >= end.addingTimeInterval(-60) }.map { "\($0.jobID) \($0.slot)" }
        let plannedSlots = Set(planned.map { "\($0.jobID) \($0.slot)" })
        #expect(Set(accounted).isSubset(of: plannedSlots))
        #expect(plannedSlots.subtracting(accounted).isSubset(of: Set(open)))
        #expect(accounted.count > 50_000)

        #expect(
            simulation.starts.allSatisfy { start in
                guard let slot = start.request.slot else { return false }
                return start.time >= slot.earliest && start.time <= slot.latest
            })
        #expect(simulation.twoOnOneTarget == 0)
        #expect(simulation.mostTests == 2)
        #expect(simulation.mostProbes <= 32)
        #expect(simulation.results.contains { $0.flags == ["retried"] })
        #expect(simulation.notes.isEmpty)
        // The load is 40 %: hardly anything is missed.
        #expect(missed.count < accounted.count / 100, "\(missed.count)")
    }

    @Test func `misses slots when there is too much to do, and says for what they waited`() throws {
        // 400 tests an hour of 18 s each: twice what one at a time can do.
        let targets = (0..<400).map { Make.target("r\($0)", schedule: [Make.every(3600)]) }
        let fleet = Make.fleet(targets)
        let end = Make.time(86400)
        var simulation = Simulation(SchedulerState(fleet: fleet, seed: "s", now: Make.start)) { _ in (18, .measured) }
        simulation.run(from: Make.start, until: end)
        let accounted = simulation.results.count + simulation.missed.count
        let due = Planner(fleet: fleet, seed: "s").starts(in: Make.start..<end).filter { $0.latest < end }.count
        #expect(accounted >= due - 2)
        #expect((0.4...0.6).contains(Double(simulation.missed.count) / Double(accounted)))
        #expect(
            Set(simulation.missed.map(\.sentence)) == ["another throughput test was running (max_concurrent_tests: 1)"])
        #expect(simulation.mostTests == 1)
        #expect(simulation.starts.allSatisfy { $0.time <= ($0.request.slot?.latest ?? .distantPast) })
    }

    @Test func `starts exactly what the planner prints when nothing has to wait`() throws {
        let fleet = try fleet(count: 300, concurrentTests: 1000)
        let end = Make.time(86400)
        var simulation = Simulation(SchedulerState(fleet: fleet, seed: "s", now: Make.start)) { _ in (0, .measured) }
        simulation.run(from: Make.start, until: end)
        let planned = Planner(fleet: fleet, seed: "s").starts(in: Make.start..<end)
        #expect(planned.count > 1000)
        #expect(
            simulation.starts.map { "\($0.request.jobID ?? "") \($0.time)" }.sorted()
                == planned.map { "\($0.jobID) \($0.earliest)" }.sorted())
        #expect(simulation.starts.map(\.time) == planned.map(\.earliest))
    }

    @Test func `goes on after a restart in the middle of the week as if nothing had happened`() throws {
        let fleet = try fleet(count: 100, concurrentTests: 4)
        let middle = Make.time(week / 2)
        let outcome: (RunRequest) -> (Double, ProbeResult.Outcome) = { _ in (10, .measured) }
        var first = Simulation(SchedulerState(fleet: fleet, seed: "s", now: Make.start), outcome: outcome)
        first.run(from: Make.start, until: middle)
        var recorded: [String: Int64] = [:]
        for result in first.results {
            recorded[result.jobID ?? "", default: .min] = max(recorded[result.jobID ?? ""] ?? .min, result.slot ?? .min)
        }
        // A quarter of an hour later.
        let again = middle.addingTimeInterval(900)
        var second = Simulation(
            SchedulerState(fleet: fleet, seed: "s", recorded: recorded, now: again), outcome: outcome)
        second.run(from: again, until: Make.time(week))
        let accounted =
            (first.results + second.results).map { "\($0.jobID ?? "") \($0.slot ?? -1)" }
            + (first.missed + second.missed).map { "\($0.jobID) \($0.slot.number)" }
        #expect(Set(accounted).count == accounted.count)
        let planned = Planner(fleet: fleet, seed: "s").starts(in: Make.start..<Make.time(week))
        let over = planned.filter { $0.latest < Make.time(week - 60) }.map { "\($0.jobID) \($0.slot)" }
        #expect(Set(over).isSubset(of: Set(accounted)))
    }
}
