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

    @Test func `what may still start starts in the first turn, and its job's rows come before its result`() throws {
        var state = try state()
        var now = back
        let first = state.timePassed(now)
        let request = try #require(first.started.first)
        var rows = first.missed
        // As the last of the jobs has it: its rows would come turns later.
        let job = try #require(request.jobID)
        let actions = state.runEnded(request, with: Make.result(of: request), at: now)
        let index = try #require(actions.firstIndex { if case .record = $0 { true } else { false } })
        rows += Array(actions[..<index]).missed
        let number = try #require(request.slot?.number)
        #expect(rows.filter { $0.jobID == job && $0.slot.number < number }.count >= 20)
        rows += Array(actions[index...]).missed
        while let wait = state.timePassed(now).collected(into: &rows), wait <= now {
            now = now.addingTimeInterval(0.01)
        }
        #expect(Set(rows.map { "\($0.jobID) \($0.slot.number)" }).count == rows.count)
    }

    @Test func `a clock that is put right by less than a minute loses no row`() throws {
        let schedule = Make.every(600, slip: .seconds(1))
        var rows: [MissedSlot] = []
        var straight = try state(schedule)
        var now = back
        while let wait = straight.timePassed(now).collected(into: &rows), wait <= now { now += 0.01 }
        var stepped = try state(schedule)
        var found = stepped.timePassed(back).missed
        now = back.addingTimeInterval(-50)
        while let wait = stepped.timePassed(now).collected(into: &found), wait <= now { now += 0.01 }
        #expect(Set(rows.map { "\($0.jobID) \($0.slot.number)" }) == Set(found.map { "\($0.jobID) \($0.slot.number)" }))
    }

    @Test func `a failure that a stop makes final stands behind its job's rows too`() throws {
        var state = try state()
        state.isHeldBack = true
        var actions = state.timePassed(back)
        var request = try #require(actions.started.first)
        // Until one has time for another try, and waits for it.
        repeat {
            request = try #require(actions.started.first)
            var failed = Make.result(of: request)
            failed.outcome = .failed(ProbeFailure(.unreachable, "nobody answered"))
            actions = state.runEnded(request, with: failed, at: back)
        } while !actions.recorded.isEmpty
        #expect(actions.missed.allSatisfy { $0.jobID != request.jobID })
        let last = state.stopRequested(at: back)
        let index = try #require(
            last.firstIndex { if case .record(let result) = $0 { result.jobID == request.jobID } else { false } })
        #expect(Array(last[..<index]).missed.filter { $0.jobID == request.jobID }.count >= 20)
    }

    @Test func `a clock that goes back takes the rows back that lie ahead of it`() throws {
        var state = try state()
        var rows = state.timePassed(back).missed
        let before = rows.count
        let wrong = back.addingTimeInterval(-43_200)
        while let wait = state.timePassed(wrong).collected(into: &rows), wait <= wrong {}
        #expect(rows.dropFirst(before).allSatisfy { $0.slot.earliest < wrong })
    }
}

extension [SchedulerAction] {
    /// Adds the rows of missed slots, and says when the next turn is.
    fileprivate func collected(into rows: inout [MissedSlot]) -> Date? {
        rows += missed
        return wait
    }
}
