import FleetModel
import Foundation
import Testing

@testable import Scheduler

extension SchedulerStateTests {
    @Suite("What waits is told and seen")
    struct Waiting {
        private let other = "another throughput test was running (max_concurrent_tests: 1)"

        private func state(_ names: [String], retries: Int = 0) throws -> SchedulerState {
            let entry = try Make.cron("0 1 * * *", slip: .seconds(600))
            return SchedulerState(
                fleet: Make.fleet(names.map { Make.target($0, schedule: [entry], retries: retries) }), seed: "s",
                now: Make.start)
        }

        @Test func `a run that is due behind another is told once, and is seen with its reason`() throws {
            var state = try state(["a", "b"])
            #expect(state.timePassed(Make.start).waits.isEmpty)
            #expect(state.snapshot == ScheduleSnapshot())
            let actions = state.timePassed(Make.time(3600))
            let running = try #require(actions.started.first)
            let second = running.target.name == "a" ? "b" : "a"
            #expect(actions.started.count == 1 && actions.waits == ["\(second): \(other)"])
            #expect(state.timePassed(Make.time(3601)).waits.isEmpty)
            let snapshot = state.snapshot
            #expect(snapshot.running == [.init(request: running, since: Make.time(3600))])
            #expect(snapshot.waiting.map(\.request.target.name) == [second])
            #expect(snapshot.waiting.map(\.reason) == [other] && snapshot.waitingCount == 1)
            #expect(snapshot.waiting.allSatisfy { $0.latest > Make.time(3600) })

            let ended = state.runEnded(running, with: Make.result(of: running), at: Make.time(3620))
            #expect(ended.started.map(\.target.name) == [second] && ended.waits.isEmpty)
            #expect(state.snapshot.waitingCount == 0 && state.snapshot.running.map(\.since) == [Make.time(3620)])
        }

        @Test func `a run that starts at once never waits`() throws {
            var state = try state(["a"])
            let actions = state.timePassed(Make.time(3600))
            #expect(actions.started.count == 1 && actions.waits.isEmpty)
        }

        @Test func `a run that somebody asked for waits while results cannot be kept, and says so`() throws {
            var state = try state(["a"])
            _ = state.resultsCannotBeKept("the disk is full", at: Make.time(1))
            let asked = state.manualRunRequested(target: "a", probe: "tcp", at: Make.time(2))
            #expect(asked?.actions.waits == ["a: results cannot be kept: the disk is full"])
            #expect(state.snapshot.waiting.map(\.reason) == ["results cannot be kept: the disk is full"])
        }

        @Test func `a retry in its pause waits`() throws {
            var state = try state(["a"], retries: 1)
            let due = state.timePassed(Make.time(3600))
            let running = try #require(due.started.first)
            let failed = Make.result(of: running, .failed(ProbeFailure(.unreachable, "no answer")), at: Make.time(3600))
            #expect(state.runEnded(running, with: failed, at: Make.time(3605)).recorded.isEmpty)
            #expect(state.snapshot.waiting.map(\.request.attempt) == [1] && state.snapshot.waitingCount == 1)
            #expect(state.snapshot.waiting.first?.reason.hasPrefix("it is tried again at ") == true)
        }

        @Test func `a retry whose time is over when its pause ends does not wait`() throws {
            var state = try state(["a"], retries: 1)
            let due = state.timePassed(Make.time(3600))
            let running = try #require(due.started.first)
            let failed = Make.result(of: running, .failed(ProbeFailure(.unreachable, "no answer")), at: Make.time(3600))
            #expect(state.runEnded(running, with: failed, at: Make.time(3605)).recorded.isEmpty)
            let late = state.timePassed(Make.time(7200))
            #expect(late.recorded.count == 1 && late.waits.isEmpty)
            #expect(state.snapshot == ScheduleSnapshot())
        }

        @Test func `what is shown of a long line is bounded, and its length is right`() throws {
            var state = try state((0..<1500).map { "t\($0)" })
            #expect(state.timePassed(Make.time(3600)).waits.count == 1499)
            let snapshot = state.snapshot
            #expect(snapshot.waiting.count == ScheduleSnapshot.maxWaiting && snapshot.waitingCount == 1499)
        }
    }
}
