import FleetModel
import Foundation
import Testing

@testable import Scheduler

@Suite("The scheduler")
struct SchedulerStateTests {
    private let seed = "s"
    let failure = ProbeFailure(.unreachable, "nobody answered")

    func state(
        _ targets: [Target], concurrentTests: Int = 1, recorded: [String: Int64] = [:], now: Date = Make.start
    ) -> SchedulerState {
        SchedulerState(
            fleet: Make.fleet(targets, concurrentTests: concurrentTests), seed: seed, recorded: recorded, now: now)
    }

    func firstSlot(_ name: String, _ entry: ScheduleEntry, from date: Date = Make.start) throws -> Slot {
        try #require(SlotPlan(job: Make.job(name, entry), seed: seed, timeZone: .gmt).firstSlot(startingFrom: date))
    }

    // MARK: Starting

    @Test func `starts a slot at its earliest time and waits until then`() throws {
        let entry = Make.every(3600)
        let slot = try firstSlot("r1", entry)
        var state = state([Make.target("r1", schedule: [entry])])
        #expect(state.timePassed(Make.start) == [.wait(until: slot.earliest)])
        let before = state.timePassed(slot.earliest.addingTimeInterval(-0.001))
        #expect(before.started.isEmpty && before.wait == slot.earliest)
        let started = state.timePassed(slot.earliest).started
        #expect(started.map(\.slot) == [slot])
        #expect(started.first?.jobID == "r1/tcp/0" && started.first?.trigger == .schedule)
        #expect(started.first?.scheduledAt == slot.scheduled)
        #expect(state.timePassed(slot.earliest.addingTimeInterval(1)).started.isEmpty)
    }

    @Test func `records the result with the slot that it belongs to`() throws {
        let entry = Make.every(3600)
        let slot = try firstSlot("r1", entry)
        var state = state([Make.target("r1", schedule: [entry])])
        let request = try #require(state.timePassed(slot.earliest).started.first)
        let actions = state.runEnded(
            request, with: Make.result(of: request), at: slot.earliest.addingTimeInterval(10))
        let result = try #require(actions.recorded.first)
        #expect(result.jobID == "r1/tcp/0" && result.slot == slot.number && result.scheduledAt == slot.scheduled)
        #expect(result.trigger == .schedule && result.flags.isEmpty)
        let next = try firstSlot("r1", entry, from: slot.earliest.addingTimeInterval(1))
        #expect(actions.wait == next.earliest)
        #expect(state.isIdle)
    }

    @Test func `counts the end of a run once`() throws {
        let entry = Make.every(3600)
        let slot = try firstSlot("r1", entry)
        var state = state([Make.target("r1", schedule: [entry])])
        let request = try #require(state.timePassed(slot.earliest).started.first)
        #expect(state.runEnded(request, with: Make.result(of: request), at: slot.earliest).recorded.count == 1)
        #expect(state.runEnded(request, with: Make.result(of: request), at: slot.earliest).recorded.isEmpty)
    }

    // MARK: Admission and order

    /// Targets whose slots all begin at midnight: without spread nothing sets them apart.
    func rush(_ names: [String], _ probes: [ProbeSpec] = [Make.tcp]) throws -> [Target] {
        let entry = try Make.cron("0 1 * * *")
        return names.map { Make.target($0, probes, schedule: [entry]) }
    }

    @Test func `never runs more throughput tests than the limit`() throws {
        var state = state(try rush((0..<10).map { "r\($0)" }), concurrentTests: 3)
        let started = state.timePassed(Make.time(3600)).started
        #expect(started.count == 3)
        let request = try #require(started.first)
        #expect(state.runEnded(request, with: Make.result(of: request), at: Make.time(3610)).started.count == 1)
        #expect(state.runningCount == 3)
    }

    @Test func `never runs two throughput tests on one target, and lets others pass`() throws {
        let second = ProbeSpec(name: "tcp2", recipe: .btest(.init(duration: .seconds(10))))
        let entry = try Make.cron("0 1 * * *")
        var state = state(
            [
                Make.target("r1", [Make.tcp, second], schedule: [entry], priority: 5),
                Make.target("r2", schedule: [entry]),
            ], concurrentTests: 2)
        let started = state.timePassed(Make.time(3600)).started
        #expect(started.map(\.target.name).sorted() == ["r1", "r2"])
        let first = try #require(started.first { $0.target.name == "r1" })
        let next = state.runEnded(first, with: Make.result(of: first), at: Make.time(3610)).started
        #expect(next.map(\.target.name) == ["r1"])
        #expect(next.first?.probe.name != first.probe.name)
    }

    @Test func `runs up to 32 latency probes beside the throughput test of the same target`() throws {
        var state = state(try rush((0..<40).map { "r\($0)" }, [Make.tcp, Make.ping]))
        let started = state.timePassed(Make.time(3600)).started
        #expect(started.count { $0.probe.kind == .latency } == 32)
        #expect(started.count { $0.probe.kind == .btest } == 1)
    }

    @Test func `starts by priority first and by the latest start then`() throws {
        let early = try Make.cron("0 1 * * *", slip: .seconds(600))
        let late = try Make.cron("0 1 * * *", slip: .seconds(1200))
        var state = state([
            Make.target("late", schedule: [late]), Make.target("early", schedule: [early]),
            Make.target("urgent", schedule: [late], priority: 1),
        ])
        var order: [String] = []
        var now = Make.time(3600)
        var started = state.timePassed(now).started
        while let request = started.first {
            order.append(request.target.name)
            now += 10
            started = state.runEnded(request, with: Make.result(of: request), at: now).started
        }
        #expect(order == ["urgent", "early", "late"])
    }

    @Test func `orders equals by hash, not by name or place in the file`() throws {
        func order(_ names: [String]) throws -> [String] {
            var state = state(try rush(names))
            var order: [String] = []
            var started = state.timePassed(Make.time(3600)).started
            while let request = started.first {
                order.append(request.target.name)
                started = state.runEnded(request, with: Make.result(of: request), at: Make.time(3610)).started
            }
            return order
        }
        let names = (0..<8).map { "r\($0)" }
        #expect(try order(names) == order(names.reversed()))
        #expect(try order(names) != names)
    }

    // MARK: Missed slots

    @Test func `records what waited too long as missed, with what it waited for`() throws {
        let entry = try Make.cron("0 1 * * *", slip: .seconds(30))
        let second = ProbeSpec(name: "tcp2", recipe: .btest(.init(duration: .seconds(10))))
        var state = state(
            [
                Make.target("r1", [Make.tcp, second], schedule: [entry]),
                Make.target("r2", schedule: [entry], priority: 1),
            ], concurrentTests: 3)
        let actions = state.timePassed(Make.time(3600))
        #expect(actions.wait.map(WallTime.init) == WallTime(Make.time(3630.001)))
        let missed = state.timePassed(Make.time(3630.001)).missed
        #expect(missed.map(\.sentence) == ["another throughput test of r1 was running"])
        let result = try #require(missed.first?.result())
        #expect(result.outcome == .missed("another throughput test of r1 was running"))
        #expect(result.startedAt == Make.time(3600) && result.duration == .zero && result.slot == 1_772_413_200)

        var crowded = self.state(
            try rush(["r1", "r2", "r3"]).map { target in
                Make.target(target.name, schedule: [entry])
            })
        _ = crowded.timePassed(Make.time(3600))
        #expect(
            Set(crowded.timePassed(Make.time(3631)).missed.map(\.sentence))
                == ["another throughput test was running (max_concurrent_tests: 1)"])
    }

    @Test func `still starts a slot at its latest time`() throws {
        let entry = try Make.cron("0 1 * * *", slip: .seconds(30))
        var state = state([Make.target("r1", schedule: [entry])])
        #expect(state.timePassed(Make.time(3630)).started.count == 1)
    }

    @Test func `records the slots of down time as missed and runs the one that may still start`() throws {
        let entry = Make.every(3600)
        let first = try firstSlot("r1", entry)
        let plan = SlotPlan(job: Make.job("r1", entry), seed: seed, timeZone: .gmt)
        let now = try #require(plan.slot(first.number + 5 * 3600)).earliest.addingTimeInterval(60)
        var state = state(
            [Make.target("r1", schedule: [entry])], recorded: ["r1/tcp/0": first.number], now: now)
        let actions = state.timePassed(now)
        #expect(actions.missed.map(\.slot.number) == (1...4).map { first.number + $0 * 3600 })
        #expect(Set(actions.missed.map(\.sentence)) == ["the agent was not running"])
        #expect(actions.started.map(\.slot?.number) == [first.number + 5 * 3600])
        #expect(actions.notes.isEmpty)
    }

    @Test func `begins a job that was never recorded now, without a past`() throws {
        let entry = Make.every(3600)
        var state = state([Make.target("r1", schedule: [entry])])
        #expect(state.timePassed(Make.start).missed.isEmpty)
    }

    @Test func `never runs a recorded slot again after a restart`() throws {
        let entry = Make.every(3600)
        let slot = try firstSlot("r1", entry)
        let now = slot.earliest.addingTimeInterval(30)
        var state = state([Make.target("r1", schedule: [entry])], recorded: ["r1/tcp/0": slot.number], now: now)
        let actions = state.timePassed(now)
        #expect(actions.started.isEmpty && actions.missed.isEmpty)
    }

    @Test(arguments: [60, 3600, 7200])
    func `records at most the last hundred slots of each job after a year, with a note`(interval: Int) throws {
        let entries = [
            Make.every(interval), Make.every(interval, jitter: .uniform(limit: .zero)),
            Make.every(interval * 10, jitter: .poisson), try Make.cron("*/30 * * * *"), try Make.cron("* 3 * * *"),
        ]
        let targets = entries.enumerated().map { Make.target("r\($0)", [Make.ping], schedule: [$1]) }
        var state = state(targets)
        _ = state.timePassed(Make.start)
        let later = Make.time(366 * 86400)
        let actions = state.timePassed(later)
        for (name, missed) in Dictionary(grouping: actions.missed, by: \.target) {
            #expect((90...100).contains(missed.count), "\(name)")
            #expect(missed.map(\.slot.number) == missed.map(\.slot.number).sorted())
            #expect(missed.allSatisfy { $0.slot.latest < later })
        }
        #expect(Set(actions.missed.map(\.target)).count == 5)
        #expect(
            actions.notes == [
                "5 jobs missed more than 100 slots before 2027-03-03T00:00:00Z, only the last 100 of each are recorded"
            ])
        #expect(actions.started.count <= 5)
        #expect(
            actions.missed.first?.sentence
                == "the clock went from 2026-03-02T00:00:00Z to 2027-03-03T00:00:00Z: it was set, or the machine slept")
    }

    // MARK: Retries

    @Test func `tries a failed slot again after a pause, as often as the target says, and records the last try`() throws
    {
        let entry = Make.every(3600)
        let slot = try firstSlot("r1", entry)
        var state = state([Make.target("r1", schedule: [entry], retries: 2)])
        var now = slot.earliest
        var request = try #require(state.timePassed(now).started.first)
        for attempt in 1...2 {
            let ended = now.addingTimeInterval(5)
            let actions = state.runEnded(request, with: Make.result(of: request, .failed(failure)), at: ended)
            #expect(actions.recorded.isEmpty)
            let wait = try #require(actions.wait)
            let pause = PlanHash(seed: seed, jobID: "r1/tcp/0").choice(
                .retry, slot.number * 100 + Int64(attempt), below: attempt == 1 ? 30_000 : 60_000)
            #expect(abs(wait.timeIntervalSince(ended) - Double(pause) / 1000) < 0.002)
            now = wait
            request = try #require(state.timePassed(now).started.first)
            #expect(request.attempt == attempt && request.slot == slot)
        }
        let actions = state.runEnded(request, with: Make.result(of: request, .failed(failure)), at: now)
        #expect(actions.recorded.map(\.outcome) == [.failed(failure)])
        #expect(actions.recorded.first?.flags == ["retried"])
        #expect(try #require(actions.wait) > slot.latest)
    }

    @Test func `spreads the pauses of retries evenly between nothing and 30 seconds`() {
        let hash = PlanHash(seed: seed, jobID: "r1/tcp/0")
        var buckets = [Int](repeating: 0, count: 10)
        for number in 0..<2000 { buckets[Int(hash.choice(.retry, Int64(number) * 360_001, below: 30_000)) / 3000] += 1 }
        let chiSquare = buckets.reduce(0) { $0 + (Double($1) - 200) * (Double($1) - 200) / 200 }
        #expect(chiSquare < 27.9, "\(buckets)")
    }

    @Test(arguments: ProbeFailure.Kind.allCases)
    func `tries again only what may pass`(kind: ProbeFailure.Kind) throws {
        let entry = Make.every(3600)
        let slot = try firstSlot("r1", entry)
        var state = state([Make.target("r1", schedule: [entry])])
        let request = try #require(state.timePassed(slot.earliest).started.first)
        let actions = state.runEnded(
            request, with: Make.result(of: request, .failed(ProbeFailure(kind, "x"))), at: slot.earliest)
        #expect(actions.recorded.isEmpty == kind.mayPass)
    }

    @Test func `does not try again without retries, or past the latest start`() throws {
        let once = Make.every(3600)
        let slot = try firstSlot("r1", once)
        var state = state([Make.target("r1", schedule: [once], retries: 0)])
        var request = try #require(state.timePassed(slot.earliest).started.first)
        #expect(
            state.runEnded(request, with: Make.result(of: request, .failed(failure)), at: slot.earliest).recorded.count
                == 1)

        var late = self.state([Make.target("r1", schedule: [once])])
        request = try #require(late.timePassed(slot.latest).started.first)
        #expect(
            late.runEnded(
                request, with: Make.result(of: request, .failed(failure)), at: slot.latest.addingTimeInterval(1)
            )
            .recorded.count == 1)
    }

    @Test func `records the failure when the retry finds no opening in time`() throws {
        let entry = try Make.cron("0 1 * * *", slip: .seconds(120))
        var state = state([
            Make.target("a", schedule: [entry], priority: 2), Make.target("b", schedule: [entry], priority: 1),
        ])
        let first = try #require(state.timePassed(Make.time(3600)).started.first)
        // `a` fails at once; `b` takes the opening and keeps it until `a` may no longer start.
        let second = state.runEnded(first, with: Make.result(of: first, .failed(failure)), at: Make.time(3601)).started
        #expect(second.map(\.target.name) == ["b"])
        _ = state.timePassed(Make.time(3650))
        let recorded = state.timePassed(Make.time(3721)).recorded
        #expect(recorded.map(\.target) == ["a"])
        #expect(recorded.first?.outcome == .failed(failure))
    }

    // MARK: Manual runs

    @Test func `lets a manual run go before all others`() throws {
        let urgent = Make.target("r3", schedule: [try Make.cron("0 1 * * *", slip: .seconds(30))], priority: 9)
        var state = state(try rush(["r1", "r2"]) + [urgent])
        let running = try #require(state.timePassed(Make.time(3600)).started.first)
        #expect(running.target.name == "r3")
        let requested = state.manualRunRequested(
            target: "r2", probe: "tcp", at: Make.time(3601), patience: .seconds(90_000))
        let (request, actions) = try #require(requested)
        #expect(actions.started.isEmpty)
        let next = state.runEnded(running, with: Make.result(of: running), at: Make.time(3610)).started
        #expect(next == [request])
        #expect(request.trigger == .manual && request.jobID == nil && request.slot == nil)
        let ended = state.runEnded(request, with: Make.result(of: request, .failed(failure)), at: Make.time(3620))
        #expect(ended.recorded.map(\.trigger) == [.manual])
        #expect(ended.recorded.first?.slot == nil)
    }

    @Test func `gives a manual run up after its patience, with what it waited for`() throws {
        var state = state(try rush(["r1", "r2"]))
        _ = state.timePassed(Make.time(3600))
        let requested = state.manualRunRequested(
            target: "r2", probe: "tcp", at: Make.time(3601), patience: .seconds(60))
        let (request, actions) = try #require(requested)
        #expect(actions.wait.map(WallTime.init) == WallTime(Make.time(3661.001)))
        #expect(
            state.timePassed(Make.time(3661.001)).contains(
                .giveUp(request, "another throughput test was running (max_concurrent_tests: 1)")))
    }

    @Test func `does not know targets and probes that the fleet does not have`() {
        var state = state([Make.target("r1", schedule: [])])
        #expect(state.manualRunRequested(target: "r2", probe: "tcp", at: Make.start) == nil)
        #expect(state.manualRunRequested(target: "r1", probe: "udp", at: Make.start) == nil)
        #expect(state.manualRunRequested(target: "r1", probe: "tcp", at: Make.start)?.actions.started.count == 1)
    }

    // MARK: Reloads

    @Test func `keeps to its slots over a reload that changes nothing`() throws {
        let targets = try rush(["r1", "r2"])
        var state = state(targets)
        _ = state.timePassed(Make.time(3600))
        let actions = state.fleetReloaded(Make.fleet(targets), at: Make.time(3601))
        #expect(actions.started.isEmpty && actions.missed.isEmpty && actions.recorded.isEmpty)
        #expect(state.timePassed(Make.time(3700)).started.isEmpty)
    }

    @Test func `starts more at once when a reload raises the limit`() throws {
        let targets = try rush(["r1", "r2", "r3"])
        var state = state(targets)
        _ = state.timePassed(Make.time(3600))
        #expect(state.fleetReloaded(Make.fleet(targets, concurrentTests: 3), at: Make.time(3601)).started.count == 2)
    }

    @Test func `ends the waiting of a job that a reload removes, and lets a running one finish`() throws {
        var state = state(try rush(["r1", "r2"]))
        let running = try #require(state.timePassed(Make.time(3600)).started.first)
        let actions = state.fleetReloaded(Make.fleet([]), at: Make.time(3601))
        #expect(actions.missed.map(\.sentence) == ["was taken out of the fleet file while it waited"])
        #expect(actions.wait == nil)
        let ended = state.runEnded(running, with: Make.result(of: running, .failed(failure)), at: Make.time(3605))
        #expect(ended.recorded.count == 1)
    }

    @Test func `changes the schedule of a job without a missed slot or a repeated one`() throws {
        let name = "r1"
        var state = state([Make.target(name, schedule: [Make.every(21600)])])
        _ = state.timePassed(Make.start)
        let actions = state.fleetReloaded(
            Make.fleet([Make.target(name, schedule: [Make.every(600)])]), at: Make.time(60))
        #expect(actions.missed.isEmpty)
        #expect(actions.wait == (try firstSlot(name, Make.every(600), from: Make.time(60))).earliest)
        let back = state.fleetReloaded(
            Make.fleet([Make.target(name, schedule: [Make.every(21600)])]), at: Make.time(120))
        #expect(back.missed.isEmpty)
        #expect(back.wait == (try firstSlot(name, Make.every(21600), from: Make.time(120))).earliest)
    }

    @Test func `takes up a changed schedule after a restart where the old one ended`() throws {
        // Ten-minute slots were recorded up to now; now they are hourly, then the other way round.
        let now = Make.time(7 * 3600 + 1)
        let recorded: [String: Int64] = ["r1/tcp/0": Int64(Make.time(7 * 3600 - 600).timeIntervalSince1970)]
        for interval in [600, 3600, 21600] {
            var state = state([Make.target("r1", schedule: [Make.every(interval)])], recorded: recorded, now: now)
            #expect(state.timePassed(now).missed.count <= 1)
            let wait = try #require(state.timePassed(now).wait)
            #expect(wait < now.addingTimeInterval(Double(interval) * 2.2))
        }
    }

    // MARK: Stopping

    @Test func `starts nothing after it was told to stop, and records what runs`() throws {
        var state = state(try rush(["r1", "r2"]))
        let running = try #require(state.timePassed(Make.time(3600)).started.first)
        #expect(state.stopRequested(at: Make.time(3601)) == [.wait(until: nil)])
        #expect(!state.isIdle)
        #expect(state.timePassed(Make.time(90_000)) == [.wait(until: nil)])
        #expect(state.manualRunRequested(target: "r1", probe: "tcp", at: Make.time(3602)) == nil)
        let failed = Make.result(of: running, .failed(ProbeFailure(.interrupted, "stopped")))
        let ended = state.runEnded(running, with: failed, at: Make.time(3610))
        #expect(ended.recorded.count == 1 && ended.started.isEmpty)
        #expect(state.isIdle)
    }

    @Test func `records the failures whose retries it gives up when stopping`() throws {
        let entry = Make.every(3600)
        let slot = try firstSlot("r1", entry)
        var state = state([Make.target("r1", schedule: [entry])])
        let request = try #require(state.timePassed(slot.earliest).started.first)
        _ = state.runEnded(request, with: Make.result(of: request, .failed(failure)), at: slot.earliest)
        let actions = state.stopRequested(at: slot.earliest)
        #expect(actions.recorded.map(\.outcome) == [.failed(failure)])
    }
}
