import FleetModel
import Foundation

/// The slots of one job, as a pure function of job, seed and time zone (docs/scheduling.md).
public struct SlotPlan: Sendable {
    private let timing: ScheduleEntry.Timing
    private let isPoisson: Bool
    private let timeZone: TimeZone
    private let hash: PlanHash
    /// Of `every`, in seconds; 0 for cron.
    private let interval: Int64
    /// These in milliseconds.
    private let splay: Int64
    private let jitterLimit: Int64
    private let slip: Int64?
    private let longestRun: Int64
    private static let guardTime = ScheduleEntry.guardTime.wholeMilliseconds
    /// Seconds; some 120,000 years, so that no sum overflows.
    private static let clockRange: ClosedRange<Int64> = -4_000_000_000_000...4_000_000_000_000

    /// - Parameters:
    ///   - seed: of the whole fleet.
    ///   - timeZone: for cron entries.
    public init(job: ProbeJob, seed: String, timeZone: TimeZone) {
        let entry = job.schedule
        timing = entry.timing
        isPoisson = entry.jitter == .poisson
        self.timeZone = timeZone
        hash = PlanHash(seed: seed, jobID: job.id)
        let width: Int64
        switch entry.timing {
        case .every(let duration):
            interval = max(duration.wholeMilliseconds / 1000, 1)
            width = interval * 1000
        case .cron:
            interval = 0
            width = entry.spread?.wholeMilliseconds ?? 0
        }
        splay = hash.choice(.splay, below: width)
        jitterLimit = entry.jitterLimit.wholeMilliseconds
        slip = entry.slip?.wholeMilliseconds
        longestRun = job.probe.recipe.longestDuration.wholeMilliseconds
    }

    /// A slot by its number.
    ///
    /// - Returns: nil for a number that is no begin of a slot.
    public func slot(_ number: Int64) -> Slot? {
        guard Self.clockRange.contains(number) else { return nil }
        switch timing {
        case .every: return number % interval == 0 ? makeSlot(number) : nil
        case .cron: return following(number - 1) == number ? makeSlot(number) : nil
        }
    }

    /// The first slot whose number is greater than another.
    ///
    /// - Returns: nil if there is none.
    public func slot(after number: Int64) -> Slot? {
        following(number).flatMap(makeSlot)
    }

    /// The first slot whose earliest start is not before a date.
    ///
    /// - Returns: nil if there is none.
    public func firstSlot(startingFrom date: Date) -> Slot? {
        firstSlot(startingFrom: WallTime(date))
    }

    func firstSlot(startingFrom time: WallTime) -> Slot? {
        // No start lies before this number: starts lie at most splay and jitter behind their slots, and those of
        // Poisson wander inside their block only.
        let last = (time - splay - (isPoisson ? 0 : jitterLimit)).milliseconds.dividedDown(by: 1000)
        let begin = isPoisson ? last.dividedDown(by: blockLength) * blockLength : last
        var candidate = slot(after: begin - 1)
        while let slot = candidate, slot.earliestTime < time { candidate = self.slot(after: slot.number) }
        return candidate
    }

    /// The last slots that can no longer start at a time, in ascending order.
    ///
    /// - Parameter count: how many at most; fewer may come of a cron expression with long pauses.
    func lastSlots(missedBy time: WallTime, count: Int) -> [Slot] {
        // Matches cannot be counted backwards, so ever longer stretches before the time are tried.
        var stretch: Int64
        switch timing {
        case .every: stretch = interval * 1000
        case .cron(let cron): stretch = cron.shortestGap?.wholeMilliseconds ?? 86_400_000
        }
        stretch *= Int64(count + 1)
        var missed: [Slot] = []
        for _ in 0..<12 {
            missed = slots(startingFrom: time - stretch, before: time).filter { $0.latestTime < time }
            if missed.count >= count { break }
            stretch *= 2
        }
        return missed.suffix(count)
    }

    private func slots(startingFrom begin: WallTime, before end: WallTime) -> [Slot] {
        var result: [Slot] = []
        var candidate = firstSlot(startingFrom: begin)
        while let slot = candidate, slot.earliestTime < end {
            result.append(slot)
            candidate = self.slot(after: slot.number)
        }
        return result
    }

    // MARK: The formulas

    /// S_{k+1}, for any second of the clock.
    private func following(_ second: Int64) -> Int64? {
        guard Self.clockRange.contains(second) else { return nil }
        switch timing {
        case .every: return (second.dividedDown(by: interval) + 1) * interval
        case .cron(let cron):
            let match = cron.next(after: Date(timeIntervalSince1970: Double(second)), in: timeZone)
            return match.map { WallTime($0).milliseconds.dividedDown(by: 1000) }
        }
    }

    /// E_k = S_k + splay + jitter.
    private func earliestTime(_ number: Int64) -> WallTime {
        guard isPoisson, interval > 0 else {
            return WallTime(milliseconds: number * 1000) + splay + hash.choice(.jitter, number, below: jitterLimit)
        }
        let block = number.dividedDown(by: blockLength)
        let place = (number - block * blockLength) / interval
        let offsets = PoissonBlock(index: block, hash: hash, interval: interval * 1000).offsets
        return WallTime(milliseconds: block * blockLength * 1000) + splay + offsets[Int(place)]
    }

    /// In seconds.
    private var blockLength: Int64 { max(interval, 1) * PoissonBlock.size }

    /// L_k = min(E_k + slip, E_{k+1} − D − guard).
    private func makeSlot(_ number: Int64) -> Slot {
        let earliest = earliestTime(number)
        guard let next = following(number) else {
            // The last match of all has nothing behind it that could bound it.
            return Slot(number: number, earliestTime: earliest, latestTime: earliest + (slip ?? 43_200_000))
        }
        let latest = min(
            earliest + (slip ?? (next - number) * 500), earliestTime(next) - longestRun - Self.guardTime)
        return Slot(number: number, earliestTime: earliest, latestTime: latest)
    }
}
