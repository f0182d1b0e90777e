import FleetModel
import Foundation
import Glibc

/// Keeps rows that a wrong clock wrote apart from the others, and says so.
///
/// How far the wall clock was set is told from `CLOCK_BOOTTIME`, which runs on while the machine sleeps: a machine that slept for a day
/// shows a later time as well, and its clock was right all along.
actor ClockKeeper {
    /// Seconds that the clock may be off by.
    private static let tolerance = WrongRows.tolerance
    /// A clock that was behind since the machine started is set within this time, in seconds: rows of a longer life are not doubted.
    private static let longestDoubt: TimeInterval = 3600

    private let store: any RunStore & RunReading
    private let note: @Sendable (String) async -> Void
    /// The boot clock, in seconds.
    nonisolated let boot: @Sendable () -> TimeInterval
    /// The wall clock less the boot clock, when it was last looked at.
    private var offset: TimeInterval
    /// When this life began, on the boot clock, and the newest row that others had written until then.
    private let began: TimeInterval
    private var newestRow: Int64
    /// Rows that this life took for ones of a clock that was ahead, and of one that was behind.
    private var ahead: [Int64] = []
    private var behind: [Int64] = []

    /// - Parameters:
    ///   - now: what the wall clock shows.
    ///   - boot: the boot clock, in seconds.
    init(
        store: any RunStore & RunReading, now: Date,
        boot: @escaping @Sendable () -> TimeInterval = ClockKeeper.bootTime,
        note: @escaping @Sendable (String) async -> Void
    ) async throws {
        self.store = store
        self.note = note
        self.boot = boot
        began = boot()
        offset = now.timeIntervalSince1970 - began
        newestRow = try await store.newestRow()
        try await disown(aheadOf: now)
    }

    /// The wall clock shows another time than it should after the time that passed, or the machine slept.
    ///
    /// - Parameter now: what the boot clock showed then; nil: shows. Where the store fails nothing is forgotten, and the call can be repeated.
    func clockJumped(from: Date, to: Date, at now: TimeInterval? = nil) async throws {
        let now = now ?? boot()
        let newOffset = to.timeIntervalSince1970 - now
        let step = newOffset - offset
        if step < -Self.tolerance {
            // Rows that were taken for ones of a clock behind were right: it was set ahead then.
            try await store.restoreRuns(behind, at: to)
            behind = []
            try await disown(aheadOf: to)
            newestRow = try await store.newestRow()
        } else if step > Self.tolerance {
            if now - began < Self.longestDoubt {
                let wrong = try await store.markRuns(after: newestRow, behind: from.addingTimeInterval(Self.tolerance))
                behind += wrong.ids
                if !wrong.ids.isEmpty {
                    await note(
                        "the clock was behind until \(Self.text(to)): \(wrong.ids.count.counted("run")) of before carry "
                            + "clock-wrong")
                }
            }
            try await store.restoreRuns(ahead, at: to)
            ahead = []
        }
        offset = newOffset
    }

    private func disown(aheadOf now: Date) async throws {
        let wrong = try await store.markRuns(aheadOf: now)
        ahead += wrong.ids
        guard let latest = wrong.latest else { return }
        await note(
            "the store holds \(wrong.ids.count.counted("run")) from ahead of the clock, up to \(Self.text(latest)): a clock was "
                + "wrong. They carry clock-wrong, and their slots are run when they are due")
    }

    private static func text(_ date: Date) -> String { date.formatted(.iso8601) }

    /// Seconds since the machine started, those in which it slept included.
    static let bootTime: @Sendable () -> TimeInterval = {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
