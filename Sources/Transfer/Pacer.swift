import Sockets

/// Holds a sender to a rate with a byte budget that refills as time passes.
///
/// Time and bytes are passed in; the pacer itself never waits. It refills in small steps (at most 2 ms, of slow streams 4 ms, or
/// 128 KiB worth), so that no timer runs per packet. What the sender could not use in time, because it did not run or the link was slow,
/// follows at a rate that is 4 % higher (3 % of slow streams), up to a quarter of a second of it; the rest is gone. So the mean holds on a
/// machine with
/// hiccups too, and yet no burst follows a stall: no 100 ms window carries more than 9 % above the rate. Streams that share a thread have
/// steps of 8 ms, and a turn that is late by up to 8 ms sends all of it.
public struct Pacer: Sendable {
    /// bit/s; above 0.
    public let bitsPerSecond: Double
    private let bytesPerNanosecond: Double
    private let largestBudget: Double
    private let step: Double
    /// Bytes that time has earned and that were not sent yet; below 0 after a write larger than it.
    private(set) var budget: Double
    /// Earned and not sent in time: follows little by little.
    private var arrears: Double = 0
    private let largestArrears: Double
    private var refilledAt: Int64

    /// The share of the rate by which arrears are made up.
    private let makeUp: Double
    /// In bytes: up to 16 Mbit/s by steps of 2 ms.
    private static let smallStep = 4096.0
    /// The longest step unless a pacer is told otherwise, in nanoseconds.
    public static let defaultInterval: Int64 = 2_000_000
    static let sharedInterval: Int64 = 8_000_000
    /// Streams that share a thread are late together on a busy machine: what late turns could not send would be missing in the mean.
    static let sharedLateness: Int64 = 8_000_000
    /// The least step of slow streams, in nanoseconds.
    private static let slowInterval: Int64 = 4_000_000

    /// - Parameters:
    ///   - bitsPerSecond: 1 … 10¹⁵; what lies outside counts as the nearest of them.
    ///   - smallestWrite: bytes that must go out together (a datagram), of which the first may go at once; 1 for a stream.
    ///   - interval: the longest step, in nanoseconds: shorter ones make smaller bursts and wake up more often.
    ///   - lateness: how late a sender may come and still send at once all that it earned, in nanoseconds; nil is 2 or 3 ms.
    ///   - now: an instant of ``MonotonicClock``.
    ///   - budget: what a pacer before this one had left; nil begins anew.
    public init(
        bitsPerSecond: Double, smallestWrite: Int = 1, interval: Int64 = Self.defaultInterval,
        lateness: Int64? = nil, now: Int64, budget: Double? = nil
    ) {
        let rate = Swift.min(Swift.max(1, bitsPerSecond), 1e15)
        self.bitsPerSecond = rate
        bytesPerNanosecond = rate / 8e9
        let smallest = Double(Swift.max(smallestWrite, 1))
        // A slow stream's steps are a few hundred bytes, and each wakes two threads: hundreds of such streams want longer ones.
        let isSlow = smallest == 1 && bytesPerNanosecond * Double(interval) < Self.smallStep
        let longest = isSlow ? Swift.max(interval, Self.slowInterval) : interval
        step = Swift.max(Swift.min(bytesPerNanosecond * Double(longest), 131_072), smallest)
        largestBudget = step + bytesPerNanosecond * (lateness.map { Double($0) } ?? (isSlow ? 2e6 : 3e6))
        makeUp = isSlow ? 0.03 : 0.04
        largestArrears = bytesPerNanosecond * 250e6
        self.budget = Swift.min(budget ?? (smallestWrite > 1 ? smallest : 0), largestBudget)
        refilledAt = now
    }

    /// A TCP stream's pacer from now on.
    ///
    /// - Parameter isShared: whether other streams have the same thread: then the steps are of 8 ms, of which 100 ms hold 13 at most, 4 % more
    ///   than their part.
    static func stream(bitsPerSecond: Double, isShared: Bool) -> Pacer {
        Pacer(
            bitsPerSecond: bitsPerSecond, interval: isShared ? sharedInterval : defaultInterval,
            lateness: isShared ? sharedLateness : nil, now: MonotonicClock.now())
    }

    /// Begins anew where nobody wanted to send for a while: such time is none that must be made up for.
    ///
    /// What was sent beyond the rate is still to be waited for.
    public mutating func forgetIdleTime(at now: Int64) {
        refill(at: now)
        arrears = 0
        budget = Swift.min(budget, step)
    }

    /// Bytes that may be sent now; 0 until a whole step has gathered.
    public mutating func allowance(at now: Int64) -> Int {
        refill(at: now)
        return budget >= step ? Int(budget) : 0
    }

    /// Notes what was sent.
    public mutating func sent(_ bytes: Int) {
        budget -= Double(bytes)
    }

    /// The earliest instant at which ``allowance(at:)`` is above 0.
    public func nextAllowance() -> Int64 {
        let missing = step - budget
        // 30 years do for everybody, and are far from what an instant can hold.
        return missing <= 0
            ? refilledAt : refilledAt + Int64(Swift.min((missing / bytesPerNanosecond).rounded(.up), 1e18))
    }

    private mutating func refill(at now: Int64) {
        guard now > refilledAt else { return }
        let earned = Double(now - refilledAt) * bytesPerNanosecond
        let madeUp = Swift.min(arrears, earned * makeUp)
        refilledAt = now
        arrears -= madeUp
        budget += earned + madeUp
        if budget > largestBudget {
            arrears = Swift.min(arrears + budget - largestBudget, largestArrears)
            budget = largestBudget
        }
    }
}
