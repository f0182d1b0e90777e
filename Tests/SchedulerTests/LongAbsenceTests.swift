import FleetModel
import Foundation
import Testing

@testable import Scheduler

@Suite("After a long absence")
struct LongAbsenceTests {
    private let names = (0..<60).map { "r\($0)" }
    private let back = Make.start.addingTimeInterval(86_400)

    /// A fleet that ran once, a day ago.
    private func state(_ schedule: ScheduleEntry = Make.every(3600)) throws -> SchedulerState {
        let fleet = Make.fleet(names.map { Make.target($0, schedule: [schedule]) }, concurrentTests: 1)
        let slots = try names.map { name in
            let plan = SlotPlan(job: Make.job(name, schedule), seed: "s", timeZone: .gmt)
            return ("\(name)/tcp/0", try #require(plan.firstSlot(startingFrom: Make.start)).number)
        }
        return SchedulerState(
            fleet: fleet, seed: "s", recorded: Dictionary(uniqueKeysWithValues: slots), now: back)
    }

    @Test func `rows come in turns, each slot in one of them, and all say that nobody was there`() throws {
        var state = try state()
        var rows: [MissedSlot] = []
        var now = back
        var turns = 0
        while turns < 100 {
            let actions = state.timePassed(now)
            #expect(actions.missed.count <= SchedulerState.rowsInOneTurn + ScheduledJob.mostMissed)
            rows += actions.missed
            turns += 1
            guard let wait = actions.wait, wait <= now else { break }
            now = now.addingTimeInterval(0.01)
        }
        #expect(turns > 2)
        #expect(rows.count >= 60 * 22 && rows.count <= 60 * 24)
        #expect(Set(rows.map { "\($0.jobID) \($0.slot.number)" }).count == rows.count)
        #expect(Set(rows.map(\.sentence)) == ["the agent was not running"])
    }

    @Test func `what somebody asks for starts amid them`() throws {
        var state = try state()
        _ = state.timePassed(back)
        let asked = state.manualRunRequested(target: "r59", probe: "tcp", at: back)
        let (request, actions) = try #require(asked)
        // One throughput test runs already; it is the next one.
        var started = actions.started
        if let first = state.running.values.first, started.isEmpty {
            started = state.runEnded(first.request, with: Make.result(of: first.request), at: back).started
        }
        #expect(started.map(\.id) == [request.id])
        #expect(!actions.missed.isEmpty)
    }

    @Test func `rows wait while the store has enough to do, and come when it has not`() throws {
        var state = try state()
        let first = state.timePassed(back)
        #expect(first.missed.count >= SchedulerState.rowsInOneTurn)
        state.isHeldBack = true
        let held = state.timePassed(back.addingTimeInterval(0.01))
        #expect(held.missed.isEmpty)
        let wait = try #require(held.wait)
        #expect(wait > back.addingTimeInterval(0.01) && wait < back.addingTimeInterval(0.1))
        state.isHeldBack = false
        #expect(!state.timePassed(wait).missed.isEmpty)
    }

    @Test func `jobs of which only the last slots are told are counted once, over all turns`() throws {
        var state = try state(Make.every(300))
        var notes: [String] = []
        var now = back
        for _ in 0..<100 {
            let actions = state.timePassed(now)
            notes += actions.notes
            guard let wait = actions.wait, wait <= now else { break }
            now = now.addingTimeInterval(0.01)
        }
        #expect(notes.count == 1)
        #expect(notes.first?.hasPrefix("60 jobs missed more than 100 slots") == true)
    }
}
