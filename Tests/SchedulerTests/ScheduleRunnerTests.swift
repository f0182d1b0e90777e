import FleetModel
import Foundation
import Synchronization
import Testing

@testable import Scheduler

@Suite("The schedule runner", .timeLimit(.minutes(1)))
struct ScheduleRunnerTests {
    /// Collects what tasks report, and lets a test wait for it.
    private final class Inbox<Value: Sendable>: Sendable {
        private let stream: AsyncStream<Value>
        private let continuation: AsyncStream<Value>.Continuation

        init() { (stream, continuation) = AsyncStream.makeStream(of: Value.self) }

        func put(_ value: Value) { continuation.yield(value) }

        func next() async throws -> Value {
            for await value in stream { return value }
            throw CancellationError()
        }
    }

    private func state(_ targets: [Target], concurrentTests: Int = 1) -> SchedulerState {
        SchedulerState(fleet: Make.fleet(targets, concurrentTests: concurrentTests), seed: "s", now: Make.start)
    }

    /// A run that lasts until it is cancelled.
    private static func endless(_ request: RunRequest, _ clock: TestClock) async -> ProbeResult {
        try? await clock.sleep(until: .distantFuture)
        return Make.result(of: request, .failed(ProbeFailure(.interrupted, "cancelled")))
    }

    @Test func `starts each slot at its time and has each result recorded`() async throws {
        let clock = TestClock(Make.start)
        let fleet = Make.fleet([
            Make.target("r1", schedule: [Make.every(600)]), Make.target("r2", schedule: [Make.every(900)]),
        ])
        let planned = Planner(fleet: fleet, seed: "s").starts(in: Make.start..<Make.time(7200), limit: 8)
        let recorded = Inbox<ProbeResult>()
        var sleeps = clock.sleeps.makeAsyncIterator()
        let runner = ScheduleRunner(
            state: SchedulerState(fleet: fleet, seed: "s", now: Make.start), clock: clock, gracePeriod: .seconds(5),
            run: { Make.result(of: $0, at: clock.now()) }, record: { $0.forEach(recorded.put) })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await runner.runSchedule() }
            for start in planned {
                // Minute by minute until the slot is due; then time stands still until its result is there.
                while clock.now() < start.earliest, let time = await sleeps.next() {
                    clock.set(to: max(clock.now(), time))
                }
                let result = try await recorded.next()
                #expect(result.jobID == start.jobID && result.slot == start.slot)
                #expect(abs(result.startedAt.timeIntervalSince(start.earliest)) < 0.002)
            }
            runner.control.stop()
            try await group.waitForAll()
        }
    }

    @Test func `looks at the clock once a minute though nothing is due`() async throws {
        let clock = TestClock(Make.start)
        let runner = ScheduleRunner(
            state: state([Make.target("r1", schedule: [try Make.cron("0 23 * * *")])]), clock: clock,
            gracePeriod: .seconds(5), run: { Make.result(of: $0) }, record: { _ in })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await runner.runSchedule() }
            var sleeps = clock.sleeps.makeAsyncIterator()
            for minute in 1...5 {
                let time = try #require(await sleeps.next())
                #expect(time == Make.time(Double(minute) * 60))
                clock.set(to: time)
            }
            runner.control.stop()
            try await group.waitForAll()
        }
    }

    @Test func `lets what runs end when it is stopped`() async throws {
        let clock = TestClock(Make.time(3600))
        let started = Inbox<Void>()
        let gate = Inbox<Void>()
        let recorded = Inbox<ProbeResult>()
        let entry = try Make.cron("0 1 * * *")
        let runner = ScheduleRunner(
            state: state([Make.target("r1", schedule: [entry]), Make.target("r2", schedule: [entry])]), clock: clock,
            gracePeriod: .seconds(5),
            run: { request in
                started.put(())
                try? await gate.next()
                return Make.result(of: request)
            }, record: { $0.forEach(recorded.put) })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await runner.runSchedule() }
            try await started.next()
            runner.control.stop()
            runner.control.stop()
            gate.put(())
            #expect(try await recorded.next().outcome == .measured)
            try await group.waitForAll()
        }
    }

    @Test func `cancels what runs longer than the grace period, and records that as well`() async throws {
        let clock = TestClock(Make.time(3600))
        let started = Inbox<Void>()
        let recorded = Inbox<ProbeResult>()
        let runner = ScheduleRunner(
            state: state([Make.target("r1", schedule: [try Make.cron("0 1 * * *")])]), clock: clock,
            gracePeriod: .seconds(5),
            run: { request in
                started.put(())
                return await Self.endless(request, clock)
            }, record: { $0.forEach(recorded.put) })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await runner.runSchedule() }
            try await started.next()
            runner.control.stop()
            for await time in clock.sleeps where time == Make.time(3605) { break }
            clock.set(to: Make.time(3605))
            #expect(try await recorded.next().outcome == .failed(ProbeFailure(.interrupted, "cancelled")))
            try await group.waitForAll()
        }
    }

    @Test func `hands over what was missed together, behind what starts`() async throws {
        // A cron slot of each hour since midnight was missed; that of one o'clock is due.
        let clock = TestClock(Make.time(3600))
        let entry = try Make.cron("0 * * * *")
        let order = Inbox<String>()
        let state = SchedulerState(
            fleet: Make.fleet([Make.target("r1", schedule: [entry])]), seed: "s",
            recorded: ["r1/tcp/0": Int64(Make.time(-5 * 3600).timeIntervalSince1970)], now: Make.time(3600))
        let runner = ScheduleRunner(
            state: state, clock: clock, gracePeriod: .seconds(5),
            run: { request in
                order.put("started")
                return await Self.endless(request, clock)
            },
            record: { results in
                order.put("recorded \(results.count) \(Set(results.map(\.outcome.name)).sorted())")
            })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await runner.runSchedule() }
            let first = [try await order.next(), try await order.next()]
            #expect(first.sorted() == ["recorded 5 [\"missed\"]", "started"])
            group.cancelAll()
            while await group.nextResult() != nil {}
        }
    }

    @Test func `who asked hears whether the result was kept, and others go on meanwhile`() async throws {
        let clock = TestClock(Make.start)
        let keeping = Inbox<@Sendable (Bool) -> Void>()
        let answers = Inbox<ScheduleControl.ManualOutcome>()
        let runner = ScheduleRunner(
            state: state([Make.target("r1", schedule: [])]), clock: clock, gracePeriod: .seconds(5),
            run: { Make.result(of: $0) }, record: { _ in }, recordManual: { _, kept in keeping.put(kept) })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await runner.runSchedule() }
            runner.control.runNow(target: "r1", probe: "tcp") { answers.put($0) }
            let first = try await keeping.next()
            // The store has not answered, and the next run has ended already.
            runner.control.runNow(target: "r1", probe: "tcp") { answers.put($0) }
            let second = try await keeping.next()
            second(false)
            guard case .done(_, isStored: false) = try await answers.next() else {
                Issue.record("another answer")
                return
            }
            first(true)
            guard case .done(_, isStored: true) = try await answers.next() else {
                Issue.record("another answer")
                return
            }
            runner.control.stop()
            try await group.waitForAll()
        }
    }

    @Test func `ends at once when its task is cancelled`() async throws {
        let clock = TestClock(Make.time(3600))
        let started = Inbox<Void>()
        let runner = ScheduleRunner(
            state: state([Make.target("r1", schedule: [try Make.cron("0 1 * * *")])]), clock: clock,
            gracePeriod: .seconds(5),
            run: { request in
                started.put(())
                return await Self.endless(request, clock)
            }, record: { _ in })
        await #expect(throws: CancellationError.self) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await runner.runSchedule() }
                try await started.next()
                group.cancelAll()
                try await group.waitForAll()
            }
        }
    }

    @Test func `answers who asks for a run`() async throws {
        let clock = TestClock(Make.start)
        let recorded = Inbox<ProbeResult>()
        let answers = Inbox<ScheduleControl.ManualOutcome>()
        let runner = ScheduleRunner(
            state: state([Make.target("r1", schedule: [])]), clock: clock, gracePeriod: .seconds(5),
            run: { Make.result(of: $0) }, record: { $0.forEach(recorded.put) })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await runner.runSchedule() }
            runner.control.runNow(target: "r1", probe: "tcp") { answers.put($0) }
            let result = try await recorded.next()
            #expect(result.trigger == .manual)
            #expect(try await answers.next() == .done(result, isStored: true))
            runner.control.runNow(target: "nobody", probe: "tcp") { answers.put($0) }
            #expect(try await answers.next() == .unknown)
            runner.control.stop()
            try await group.waitForAll()
        }
    }

    @Test func `tells who asked for a run that none came`() async throws {
        let clock = TestClock(Make.time(3600))
        let started = Inbox<Void>()
        let answers = Inbox<ScheduleControl.ManualOutcome>()
        let runner = ScheduleRunner(
            state: state([Make.target("r1", schedule: [try Make.cron("0 1 * * *")])]), clock: clock,
            gracePeriod: .seconds(5),
            run: { request in
                started.put(())
                return await Self.endless(request, clock)
            }, record: { _ in })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await runner.runSchedule() }
            try await started.next()
            runner.control.runNow(target: "r1", probe: "tcp", patience: .seconds(30)) { answers.put($0) }
            for await time in clock.sleeps where time > Make.time(3629) && time < Make.time(3631) { break }
            clock.set(to: Make.time(3630.002))
            #expect(try await answers.next() == .busy("another throughput test was running (max_concurrent_tests: 1)"))
            group.cancelAll()
            while await group.nextResult() != nil {}
        }
    }

    @Test func `goes on with the fleet of a reload`() async throws {
        let clock = TestClock(Make.start)
        let recorded = Inbox<ProbeResult>()
        let runner = ScheduleRunner(
            state: state([]), clock: clock, gracePeriod: .seconds(5), run: { Make.result(of: $0) },
            record: { $0.forEach(recorded.put) })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await runner.runSchedule() }
            runner.control.reload(Make.fleet([Make.target("new", schedule: [Make.every(600)])]))
            group.addTask { await clock.runFast() }
            #expect(try await recorded.next().target == "new")
            runner.control.stop()
            try await group.next()
            group.cancelAll()
        }
    }

    @Test func `passes notes on`() async throws {
        let clock = TestClock(Make.time(-3600))
        let notes = Inbox<String>()
        let runner = ScheduleRunner(
            state: state([]), clock: clock, gracePeriod: .seconds(5), run: { Make.result(of: $0) }, record: { _ in },
            note: { notes.put($0) })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await runner.runSchedule() }
            #expect(
                try await notes.next()
                    == "the clock went back from 2026-03-02T00:00:00Z to 2026-03-01T23:00:00Z")
            runner.control.stop()
            try await group.waitForAll()
        }
    }
}
