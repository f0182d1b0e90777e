import TestSupport
import Testing

@testable import Transfer

@Suite struct SequenceTrackerTests {
    private func count(_ sequences: some Sequence<UInt32>) -> PacketCount {
        var tracker = SequenceTracker()
        for sequence in sequences { _ = tracker.received(sequence) }
        return tracker.count
    }

    @Test(arguments: [UInt32(0), 1, 2, 21, 1_000_000, 4_294_967_196])
    func `numbers in order lose nothing, wherever they begin`(first: UInt32) {
        #expect(count(first...first + 99) == PacketCount(received: 100))
    }

    @Test func `a gap is loss, and what is missing before the first arrival is not known`() {
        #expect(count([3, 4, 7]) == PacketCount(received: 3, lost: 2))
    }

    @Test func `a number before the first one is taken in`() {
        var tracker = SequenceTracker()
        for sequence: UInt32 in [500, 501, 503, 499] { _ = tracker.received(sequence) }
        #expect(tracker.count == PacketCount(received: 4, lost: 1, reordered: 1))
    }

    @Test func `what comes late takes its loss back and counts as reordered`() {
        #expect(count([1, 2, 5, 4, 3, 6]) == PacketCount(received: 6, reordered: 2))
        #expect(count([2, 1, 0]) == PacketCount(received: 3, reordered: 2))
    }

    @Test func `what comes again is a duplicate and not counted as received`() {
        var tracker = SequenceTracker()
        let isNew = [1, 1, 2, 4, 4, 2].map { tracker.received($0) }
        #expect(isNew == [true, false, true, true, false, false])
        #expect(tracker.count == PacketCount(received: 3, lost: 1, duplicates: 3))
    }

    @Test func `numbers wrap`() {
        var tracker = SequenceTracker()
        let start = UInt32.max - 3
        for step: UInt32 in [0, 1, 3, 2, 4, 5, 7] { _ = tracker.received(start &+ step) }
        #expect(tracker.count == PacketCount(received: 7, lost: 1, reordered: 1))
    }

    @Test func `a gap longer than the memory forgets nothing but what lies before it`() {
        var tracker = SequenceTracker()
        _ = tracker.received(1)
        let far = UInt32(SequenceTracker.window) * 3
        let isFarNew = tracker.received(far)
        #expect(isFarNew)
        #expect(tracker.count == PacketCount(received: 2, lost: Int64(far) - 2))
        // Number 2 is too old to be told from a duplicate; the one before `far` is known not to have come.
        let areNew = [tracker.received(2), tracker.received(far - 1)]
        #expect(areNew == [false, true])
        #expect(tracker.count == PacketCount(received: 3, lost: Int64(far) - 3, reordered: 1, duplicates: 1))
    }

    @Test func `a single wild number is dropped and a sender that began anew is followed`() {
        var tracker = SequenceTracker()
        for sequence: UInt32 in 1...10 { _ = tracker.received(sequence) }
        let areNew = [tracker.received(3_000_000_000), tracker.received(11)]
        #expect(areNew == [false, true])
        #expect(tracker.count == PacketCount(received: 11))
        for sequence: UInt32 in 2_000_000_000...2_000_000_004 { _ = tracker.received(sequence) }
        #expect(tracker.count == PacketCount(received: 16))
    }

    @Test func `agrees with plain sets on shuffled, thinned and doubled numbers`() {
        var random = SeededGenerator(seed: 11)
        for _ in 0..<50 {
            // Each number is delayed by up to 40 places, dropped or doubled.
            var arrivals: [(place: Int, sequence: UInt32)] = []
            for sequence: UInt32 in 1...2000 {
                switch Int.random(in: 0..<20, using: &random) {
                case 0: continue
                case 1: arrivals.append((Int(sequence) + Int.random(in: 0...40, using: &random), sequence))
                default: break
                }
                arrivals.append((Int(sequence) + Int.random(in: 0...3, using: &random), sequence))
            }
            let order = arrivals.sorted { ($0.place, $0.sequence) < ($1.place, $1.sequence) }.map(\.sequence)
            var seen: Set<UInt32> = []
            var expected = PacketCount()
            var highest: UInt32 = 0
            var lowest = UInt32.max
            for sequence in order {
                lowest = min(lowest, sequence)
                if !seen.insert(sequence).inserted {
                    expected.duplicates += 1
                } else {
                    expected.received += 1
                    if sequence < highest { expected.reordered += 1 }
                    highest = max(highest, sequence)
                }
            }
            expected.lost = Int64(highest - lowest) + 1 - expected.received
            #expect(count(order) == expected)
        }
    }

    @Test(arguments: [1, 65, 1000, 131_071])
    func `all numbers of a gap may still come, and those around it have come`(missing: Int) {
        var tracker = SequenceTracker()
        let first = UInt32(SequenceTracker.window) + 77
        for number in 1...first { _ = tracker.received(number) }
        let next = first + 1 + UInt32(missing)
        let (isNew, isNewAgain) = (tracker.received(next), tracker.received(next))
        #expect(isNew && !isNewAgain)
        // What is as old as the window has no place any more.
        let oldest = max(first + 1, next - UInt32(SequenceTracker.window) + 1)
        for number in stride(from: next - 1, through: oldest, by: -1) where !tracker.received(number) {
            Issue.record("\(number) counts as a duplicate")
        }
        #expect(tracker.count.lost == 0 && tracker.count.duplicates == 1)
        #expect(tracker.count.received == Int64(next))
    }
}
