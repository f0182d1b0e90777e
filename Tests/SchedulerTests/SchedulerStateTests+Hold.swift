import FleetModel
import Foundation
import Testing

@testable import Scheduler

/// What becomes of slots while results cannot be kept.
extension SchedulerStateTests {
    @Test func `while results cannot be kept nothing starts, and each slot of that time is missed for it once`() throws
    {
        let entry = Make.every(600)
        var state = state([Make.target("r1", schedule: [entry]), Make.target("r2", schedule: [entry])])
        _ = state.timePassed(Make.start)
        var actions = state.resultsCannotBeKept("the store is full", at: Make.time(1))
        // An hour, minute by minute.
        for minute in 1...60 { actions += state.timePassed(Make.time(Double(minute) * 60)) }
        #expect(actions.started.isEmpty && actions.missed.isEmpty)
        #expect(
            state.manualRunRequested(target: "r1", probe: "tcp", at: Make.time(3600))?.actions.started.isEmpty == true)
        let after = state.timePassed(Make.time(3661))
        guard
            case .giveUp(_, "results cannot be kept: the store is full")? = after.first(where: { action in
                if case .giveUp = action { true } else { false }
            })
        else {
            Issue.record("\(after)")
            return
        }
        let again = state.resultsAreKeptAgain(at: Make.time(3662))
        #expect(Set(again.missed.map(\.sentence)) == ["results cannot be kept: the store is full"])
        #expect((10...12).contains(again.missed.count))
        let numbers = again.missed.map { "\($0.jobID) \($0.slot.number)" }
        #expect(Set(numbers).count == numbers.count)
        // Each slot up to now is missed or runs; none is left out.
        let planned = Planner(fleet: Make.fleet([Make.target("r1", schedule: [entry])]), seed: "s")
            .starts(in: Make.start..<Make.time(3662), limit: 20).filter { $0.earliest <= Make.time(3662) }
        let ofOne = again.missed.filter { $0.target == "r1" }.count
        #expect(ofOne == planned.count || ofOne == planned.count - 1)
    }
}
