import Foundation

/// The starts of sixteen slots in a row under `jitter: poisson`.
///
/// The gaps are exponential, clamped to 0.1 … 2.5 of the interval, and stretched so that sixteen of them take exactly
/// sixteen intervals: so a start follows from its slot alone, and nothing accumulates.
struct PoissonBlock {
    static let size: Int64 = 16
    static let shortestGap = 0.1
    static let longestGap = 2.5

    /// Milliseconds from the block's begin to each start; the first is 0.
    let offsets: [Int64]

    /// - Parameters:
    ///   - index: block 0 begins with slot 0.
    ///   - interval: in milliseconds.
    init(index: Int64, hash: PlanHash, interval: Int64) {
        let raw = (0..<Self.size).map { -log(1 - hash.fraction(.gap, index * Self.size + $0)) }
        let stretch = Self.stretch(for: raw)
        var sum = 0.0
        offsets = raw.map { gap in
            defer { sum += Self.clamped(gap * stretch) }
            return Int64((sum * Double(interval)).rounded())
        }
    }

    /// The factor with which the clamped gaps are as long as the block.
    private static func stretch(for raw: [Double]) -> Double {
        func total(_ factor: Double) -> Double { raw.reduce(0) { $0 + clamped($1 * factor) } }
        var high = 1.0
        for _ in 0..<64 where total(high) < Double(size) { high *= 2 }
        var low = 0.0
        for _ in 0..<64 {
            let middle = (low + high) / 2
            if total(middle) < Double(size) { low = middle } else { high = middle }
        }
        return high
    }

    private static func clamped(_ gap: Double) -> Double {
        min(max(gap, shortestGap), longestGap)
    }
}
