/// Holds what is received to a rate by turning away what is beyond it: datagrams have no other flow control.
///
/// Pure: instants are passed in. Bursts of up to 100 ms of the rate, and 128 KiB in any case, are let through.
struct RatePolicer {
    private let bytesPerNanosecond: Double
    private let largest: Double
    private var budget: Double
    private var filledAt: Int64

    /// - Parameter bitsPerSecond: 1 … 10¹⁵; what lies outside counts as the nearest of them.
    init(bitsPerSecond: Double, now: Int64) {
        bytesPerNanosecond = Swift.min(Swift.max(1, bitsPerSecond), 1e15) / 8e9
        largest = Swift.max(bytesPerNanosecond * 1e8, 131_072)
        budget = largest
        filledAt = now
    }

    /// Whether so many bytes are within the rate now; then they are taken from it.
    mutating func admits(_ bytes: Int, at now: Int64) -> Bool {
        if now > filledAt {
            budget = Swift.min(budget + Double(now - filledAt) * bytesPerNanosecond, largest)
            filledAt = now
        }
        guard budget >= Double(bytes) else { return false }
        budget -= Double(bytes)
        return true
    }
}
