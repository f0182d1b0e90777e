import FleetModel
import Foundation
import Testing

@testable import Scheduler

@Suite("The planner")
struct PlannerTests {
    private let day = Make.start..<Make.time(86400)

    private func targets(_ count: Int) -> [Target] {
        (0..<count).map { Make.target("r\($0)", [Make.tcp, Make.ping], schedule: [Make.every(21600)]) }
    }

    @Test func `gives every start of the range once, in order`() {
        let starts = Planner(fleet: Make.fleet(targets(50)), seed: "s").starts(in: day)
        #expect(starts.map(\.earliest) == starts.map(\.earliest).sorted())
        #expect(starts.allSatisfy { day.contains($0.earliest) && $0.earliest < $0.latest })
        #expect(Set(starts.map { "\($0.jobID) \($0.slot)" }).count == starts.count)
        for (job, own) in Dictionary(grouping: starts, by: \.jobID) {
            #expect((3...5).contains(own.count), "\(job)")
        }
    }

    @Test func `gives the same as the slots of each job by themselves`() {
        let fleet = Make.fleet(targets(20))
        var expected: [String] = []
        for job in fleet.jobs {
            let plan = SlotPlan(job: job, seed: "s", timeZone: .gmt)
            var next = plan.firstSlot(startingFrom: day.lowerBound)
            while let slot = next, slot.earliest < day.upperBound {
                expected.append("\(job.id) \(slot.number)")
                next = plan.slot(after: slot.number)
            }
        }
        let starts = Planner(fleet: fleet, seed: "s").starts(in: day)
        #expect(starts.map { "\($0.jobID) \($0.slot)" }.sorted() == expected.sorted())
    }

    @Test func `splits a range without losing or doubling a start`() {
        let planner = Planner(fleet: Make.fleet(targets(20)), seed: "s")
        let middle = Make.time(40_000.5)
        #expect(
            planner.starts(in: day)
                == planner.starts(in: Make.start..<middle) + planner.starts(in: middle..<day.upperBound))
    }

    @Test func `plans the same for a target whatever stands beside it and in which order`() {
        let few = Planner(fleet: Make.fleet(targets(10)), seed: "s").starts(in: day)
        let many = Planner(fleet: Make.fleet(targets(200).reversed()), seed: "s").starts(in: day)
        let names = Set((0..<10).map { "r\($0)" })
        #expect(many.filter { names.contains($0.target) } == few)
    }

    @Test func `plans otherwise with another seed`() {
        let fleet = Make.fleet(targets(10))
        #expect(Planner(fleet: fleet, seed: "a").starts(in: day) != Planner(fleet: fleet, seed: "b").starts(in: day))
    }

    @Test func `can be limited and asked for one target`() {
        let fleet = Make.fleet(targets(20))
        let all = Planner(fleet: fleet, seed: "s").starts(in: day)
        #expect(Planner(fleet: fleet, seed: "s").starts(in: day, limit: 7) == Array(all.prefix(7)))
        #expect(Planner(fleet: fleet, seed: "s").starts(in: day, limit: 0).isEmpty)
        #expect(Planner(fleet: fleet, seed: "s", target: "r3").starts(in: day) == all.filter { $0.target == "r3" })
    }

    @Test func `leaves out disabled targets`() {
        let off = Make.target("off", schedule: [Make.every(3600)], isEnabled: false)
        #expect(Planner(fleet: Make.fleet([off]), seed: "s").starts(in: day).isEmpty)
    }

    @Test func `plans ten thousand targets for a day in seconds`() {
        let targets = (0..<10_000).map { Make.target("r\($0)", schedule: [Make.every(21600)]) }
        let clock = ContinuousClock()
        var count = 0
        let time = clock.measure {
            count = Planner(fleet: Make.fleet(targets), seed: "s").starts(in: day).count
        }
        #expect((39_000...41_000).contains(count))
        #expect(time < .seconds(20), "\(time)")
    }
}
