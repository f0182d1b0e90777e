/// Which slots of a job were run, are waiting or are recorded, so that none is taken twice, wherever the clock goes.
struct HandledSlots: Sendable, Equatable {
    private static let mostRanges = 16

    /// Ascending, apart from one another. The first begins before all time if the store had a slot.
    private var ranges: [ClosedRange<Int64>] = []

    /// - Parameter last: the newest slot that has a result; nil if none has.
    init(upTo last: Int64?) {
        if let last { ranges = [Int64.min...last] }
    }

    func contains(_ number: Int64) -> Bool {
        end(of: number) != nil
    }

    /// The last slot of the range that a slot lies in.
    func end(of number: Int64) -> Int64? {
        ranges.first { $0.contains(number) }?.upperBound
    }

    /// Takes all slots from one on out again.
    mutating func removeAll(from number: Int64) {
        ranges = ranges.compactMap { range in
            if range.upperBound < number { return range }
            return range.lowerBound < number ? range.lowerBound...(number - 1) : nil
        }
    }

    /// Adds a slot.
    ///
    /// - Parameter previous: the slot before it if that is handled, too, and nothing lies between; else nil.
    mutating func insert(_ number: Int64, after previous: Int64?) {
        guard !contains(number) else { return }
        if let previous, let index = ranges.firstIndex(where: { $0.contains(previous) }) {
            ranges[index] = ranges[index].lowerBound...max(number, ranges[index].upperBound)
            return
        }
        let place = ranges.firstIndex { $0.lowerBound > number } ?? ranges.count
        ranges.insert(number...number, at: place)
        if ranges.count > Self.mostRanges, let first = ranges.first {
            // Only a clock that is set again and again gets here. What lies between the oldest two is given up.
            ranges[0...1] = [first.lowerBound...ranges[1].upperBound]
        }
    }
}
