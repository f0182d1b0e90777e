import FleetModel
import Foundation
import Testing

@testable import Scheduler

@Suite("A slot plan")
struct SlotPlanTests {
    private struct Case: Decodable {
        let seed: String
        let target: String
        let entry: String
        let every: Int?
        let cron: String?
        let zone: String?
        let spread: Int?
        let jitter: Jitter?
        let slip: Int?
        let number: Int64
        let earliest: Int64
        /// E + slip.
        let latest: Int64
        /// E of the next slot.
        let following: Int64

        enum Jitter: Decodable {
            case seconds(Int)
            case poisson

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let seconds = try? container.decode(Int.self) { self = .seconds(seconds) } else { self = .poisson }
            }
        }

        func scheduleEntry() throws -> ScheduleEntry {
            let jitter: ScheduleEntry.Jitter =
                switch jitter {
                case .poisson: .poisson
                case .seconds(let seconds): .uniform(limit: .seconds(seconds))
                case nil: .uniform(limit: nil)
                }
            let timing: ScheduleEntry.Timing =
                if let cron { .cron(try CronExpression(parsing: cron)) } else { .every(.seconds(every ?? 0)) }
            return ScheduleEntry(
                name: entry == "0" ? nil : entry, timing: timing, jitter: jitter, spread: spread.map { .seconds($0) },
                slip: slip.map { .seconds($0) })
        }
    }

    private func plan(_ entry: ScheduleEntry, name: String = "r1", seed: String = "s", zone: TimeZone = .gmt)
        -> SlotPlan
    {
        SlotPlan(job: Make.job(name, entry), seed: seed, timeZone: zone)
    }

    private func milliseconds(_ date: Date) -> Int64 {
        Int64((date.timeIntervalSince1970 * 1000).rounded())
    }

    @Test func `is the one that a stranger recomputes from the description`() throws {
        let url = try #require(Bundle.module.url(forResource: "Fixtures/plans", withExtension: "json"))
        let cases = try JSONDecoder().decode([Case].self, from: Data(contentsOf: url))
        #expect(cases.count > 200)
        for item in cases {
            let zone = try #require(TimeZone(identifier: item.zone ?? "UTC"))
            let plan = plan(try item.scheduleEntry(), name: item.target, seed: item.seed, zone: zone)
            let slot = try #require(plan.slot(item.number), "\(item)")
            // The logarithm of another machine may differ in its last bit.
            let tolerance: Int64 = if case .poisson? = item.jitter { 1 } else { 0 }
            #expect(abs(milliseconds(slot.earliest) - item.earliest) <= tolerance, "\(item)")
            let room = item.following - Make.tcp.recipe.longestDuration.wholeMilliseconds - 2000
            #expect(abs(milliseconds(slot.latest) - min(item.latest, room)) <= tolerance, "\(item)")
            #expect(milliseconds(slot.scheduled) == item.number * 1000)
        }
    }

    @Test func `counts only begins of slots as slots`() throws {
        let hourly = plan(Make.every(3600))
        #expect(hourly.slot(7200) != nil)
        #expect(hourly.slot(7201) == nil)
        #expect(hourly.slot(.max) == nil)
        #expect(hourly.slot(.min) == nil)
        let nightly = plan(try Make.cron("0 2 * * *"))
        #expect(nightly.slot(7200) != nil)
        #expect(nightly.slot(7260) == nil)
    }

    @Test func `walks through every slot in order, whatever it starts from`() throws {
        let entries = [
            Make.every(600), Make.every(600, jitter: .poisson), Make.every(600, jitter: .uniform(limit: .zero)),
            try Make.cron("*/10 * * * *"), try Make.cron("*/10 8-17 * * MON-FRI", spread: .seconds(120)),
        ]
        for entry in entries {
            let plan = plan(entry)
            var slots: [Slot] = []
            var next = plan.firstSlot(startingFrom: Make.start)
            while let slot = next, slots.count < 300 {
                slots.append(slot)
                next = plan.slot(after: slot.number)
            }
            #expect(slots.count == 300)
            #expect(slots.allSatisfy { plan.slot($0.number) == $0 })
            for (slot, following) in zip(slots, slots.dropFirst()) {
                #expect(slot.number < following.number && slot.earliest < following.earliest)
                #expect(plan.firstSlot(startingFrom: slot.earliest) == slot)
                #expect(plan.firstSlot(startingFrom: slot.earliest.addingTimeInterval(0.002)) == following)
            }
        }
    }

    @Test func `leaves room for the longest run and two seconds before the next start`() throws {
        // Some four seconds longer than the longest run, no jitter: what is left for waiting is two seconds less.
        let longest = Make.tcp.recipe.longestDuration
        let interval = Int(longest.inSeconds) + 4
        let plan = plan(Make.every(interval, jitter: .uniform(limit: .zero)))
        let slot = try #require(plan.firstSlot(startingFrom: Make.start))
        #expect(
            milliseconds(slot.latest) - milliseconds(slot.earliest) == Int64(interval - 2) * 1000
                - Int64(longest.inSeconds * 1000))
    }

    @Test func `lets a start wait for half of the interval, or as long as slip says`() throws {
        let slot = try #require(plan(Make.every(3600)).firstSlot(startingFrom: Make.start))
        #expect(milliseconds(slot.latest) - milliseconds(slot.earliest) == 1_800_000)
        let short = try #require(plan(Make.every(3600, slip: .seconds(60))).firstSlot(startingFrom: Make.start))
        #expect(milliseconds(short.latest) - milliseconds(short.earliest) == 60_000)
    }

    @Test func `starts a cron entry without spread at its very minute`() throws {
        let slot = try #require(plan(try Make.cron("0 2 * * *")).firstSlot(startingFrom: Make.start))
        #expect(slot.earliest == Make.time(7200) && slot.scheduled == Make.time(7200))
    }

    @Test func `splays ten thousand targets evenly over the interval`() {
        var buckets = [Int](repeating: 0, count: 24)
        for index in 0..<10_000 {
            let plan = plan(Make.every(86400, jitter: .uniform(limit: .zero)), name: "router-\(index)")
            guard let slot = plan.slot(Int64(Make.start.timeIntervalSince1970)) else { continue }
            buckets[Int(slot.earliest.timeIntervalSince(slot.scheduled) / 3600)] += 1
        }
        // Chi-square with 23 degrees of freedom: 99.9 % lie below 49.7.
        let expected = 10_000.0 / 24
        let chiSquare = buckets.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
        #expect(buckets.reduce(0, +) == 10_000)
        #expect(chiSquare < 49.7, "\(buckets)")
    }

    @Test func `jitters the slots of one job evenly up to its limit`() {
        let plan = plan(Make.every(3600, jitter: .uniform(limit: .seconds(600))))
        var buckets = [Int](repeating: 0, count: 10)
        var least = Double.infinity
        for k in 0..<5000 {
            guard let slot = plan.slot(Int64(480_000 + k) * 3600) else { continue }
            let offset = slot.earliest.timeIntervalSince(slot.scheduled)
            least = min(least, offset)
        }
        for k in 0..<5000 {
            guard let slot = plan.slot(Int64(480_000 + k) * 3600) else { continue }
            buckets[Int(slot.earliest.timeIntervalSince(slot.scheduled) - least) / 60] += 1
        }
        // Nine degrees of freedom: 99.9 % lie below 27.9.
        let chiSquare = buckets.reduce(0) { $0 + (Double($1) - 500) * (Double($1) - 500) / 500 }
        #expect(chiSquare < 27.9, "\(buckets)")
    }

    @Test func `has Poisson gaps of the right mean within their bounds, and never drifts`() throws {
        let plan = plan(Make.every(600, jitter: .poisson))
        var slot = try #require(plan.firstSlot(startingFrom: Make.start))
        var gaps: [Double] = []
        while gaps.count < 16 * 200 {
            let next = try #require(plan.slot(after: slot.number))
            gaps.append(next.earliest.timeIntervalSince(slot.earliest) / 600)
            slot = next
        }
        #expect(gaps.allSatisfy { (0.0999...2.5001).contains($0) })
        #expect(abs(gaps.reduce(0, +) / Double(gaps.count) - 1) < 0.01)
        // Exponential: the share of gaps above the mean is 1/e, not a half as with a symmetric jitter.
        let share = Double(gaps.count { $0 > 1 }) / Double(gaps.count)
        #expect((0.33...0.45).contains(share), "\(share)")
    }
}
