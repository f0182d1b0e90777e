/// Holds a sender to a rate with a byte budget that refills as time passes.
///
/// Time and bytes are passed in; the pacer itself never waits. It refills in small steps (at most 4 ms or 128 KiB
/// worth), so that no timer runs per packet, and it saves up at most 8 ms: what the sender could not use while the link
/// was slow is gone, so no burst follows a stall and no 100 ms window carries more than 8 % above the rate.
public struct Pacer: Sendable {
    /// bit/s; above 0.
    public let bitsPerSecond: Double
    private let bytesPerNanosecond: Double
    private let largestBudget: Double
    private let step: Double
    private var budget: Double = 0
    private var refilledAt: Int64

    /// - Parameters:
    ///   - bitsPerSecond: 1 … 10¹⁵; what lies outside counts as the nearest of them.
    ///   - smallestWrite: bytes that must go out together (a datagram); 1 for a stream.
    ///   - now: an instant of ``MonotonicClock``.
    public init(bitsPerSecond: Double, smallestWrite: Int = 1, now: Int64) {
        let rate = Swift.min(Swift.max(1, bitsPerSecond), 1e15)
        self.bitsPerSecond = rate
        bytesPerNanosecond = rate / 8e9
        let smallest = Double(Swift.max(smallestWrite, 1))
        step = Swift.max(Swift.min(bytesPerNanosecond * 4e6, 131_072), smallest)
        largestBudget = Swift.max(bytesPerNanosecond * 8e6, step)
        refilledAt = now
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
        return missing <= 0 ? refilledAt : refilledAt + Int64((missing / bytesPerNanosecond).rounded(.up))
    }

    private mutating func refill(at now: Int64) {
        guard now > refilledAt else { return }
        budget = Swift.min(budget + Double(now - refilledAt) * bytesPerNanosecond, largestBudget)
        refilledAt = now
    }
}
