/// Follows the 32-bit sequence numbers of one flow, and tells loss, reordering and duplicates apart.
///
/// Loss is the numbers between the lowest and the highest that never came, so one that comes late takes itself back. Numbering begins
/// anywhere (open implementations begin at 0 or 1, RouterOS at 2 and above), so the first number says nothing about loss. The
/// latest ``window`` numbers are remembered one by one; what is older came too late to be told from a duplicate and counts as
/// one. Numbers wrap at 2³². A jump of more than ``longestJump`` is believed only when a second number continues it: then the
/// sender has begun anew.
public struct SequenceTracker: Sendable {
    /// Numbers remembered one by one; some 40 ms at 3 million packets a second.
    public static let window = 1 << 17
    /// Beyond this no gap is loss: 100 s at a gigabit.
    static let longestJump = Int64(1) << 23

    private var bits = [UInt64](repeating: 0, count: SequenceTracker.window / 64)
    private var highest: UInt32 = 0
    /// Numbers from the lowest to the highest of this run, both counted.
    private var expected: Int64 = 0
    private var receivedInRun: Int64 = 0
    private var lostBefore: Int64 = 0
    private var receivedBefore: Int64 = 0
    private var reordered: Int64 = 0
    private var duplicates: Int64 = 0
    private var jump: UInt32?

    public init() {}

    public var count: PacketCount {
        PacketCount(
            received: receivedBefore + receivedInRun, lost: lostBefore + max(expected - receivedInRun, 0),
            reordered: reordered, duplicates: duplicates)
    }

    /// Notes one datagram's number.
    ///
    /// - Returns: whether it is the first with this number.
    public mutating func received(_ sequence: UInt32) -> Bool {
        guard expected > 0 else {
            start(at: sequence)
            return true
        }
        let distance = Int64(Int32(bitPattern: sequence &- highest))
        if distance == 1 {
            highest = sequence
            expected += 1
            mark(sequence)
            receivedInRun += 1
            return true
        }
        guard abs(distance) <= Self.longestJump else { return jumped(to: sequence) }
        return distance > 0 ? skipped(to: sequence, distance) : cameLate(sequence, -distance)
    }

    /// A flow begins where it is met (docs/protocols/btest.md, UDP transfer).
    private mutating func start(at sequence: UInt32) {
        highest = sequence
        expected = 1
        receivedInRun = 1
        for index in bits.indices { bits[index] = 0 }
        mark(sequence)
    }

    private mutating func skipped(to sequence: UInt32, _ distance: Int64) -> Bool {
        if distance >= Int64(Self.window) {
            for index in bits.indices { bits[index] = 0 }
        } else {
            var missing = highest &+ 1
            while missing != sequence {
                // Whole words where they fit: a peer that skips 100 000 numbers each time must not cost 100 000 steps.
                let isWord = missing & 63 == 0 && sequence &- missing >= 64
                if isWord { bits[(Int(missing) % Self.window) >> 6] = 0 } else { clear(missing) }
                missing &+= isWord ? 64 : 1
            }
        }
        highest = sequence
        expected += distance
        mark(sequence)
        receivedInRun += 1
        return true
    }

    private mutating func cameLate(_ sequence: UInt32, _ behind: Int64) -> Bool {
        guard behind < Int64(Self.window), !isMarked(sequence) else {
            duplicates += 1
            return false
        }
        mark(sequence)
        receivedInRun += 1
        reordered += 1
        // One before the first that came.
        if behind >= expected { expected = behind + 1 }
        return true
    }

    private mutating func jumped(to sequence: UInt32) -> Bool {
        guard let before = jump, sequence == before &+ 1 else {
            jump = sequence
            return false
        }
        jump = nil
        lostBefore += max(expected - receivedInRun, 0)
        receivedBefore += receivedInRun
        start(at: before)
        return received(sequence)
    }

    private mutating func mark(_ sequence: UInt32) {
        let place = Int(sequence) % Self.window
        bits[place >> 6] |= 1 << UInt64(place & 63)
    }

    private mutating func clear(_ sequence: UInt32) {
        let place = Int(sequence) % Self.window
        bits[place >> 6] &= ~(1 << UInt64(place & 63))
    }

    private func isMarked(_ sequence: UInt32) -> Bool {
        let place = Int(sequence) % Self.window
        return bits[place >> 6] & (1 << UInt64(place & 63)) != 0
    }
}
