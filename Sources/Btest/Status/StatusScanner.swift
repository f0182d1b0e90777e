import Glibc

/// Finds the status messages that a server puts between the data of a TCP test (docs/protocols/btest.md, TCP transfer).
///
/// Where the data around it is zeros, a 07 begins a status whose number can follow. Anywhere else (random data was asked for, or the server
/// sends what nobody asked for) the number must be the next one, and the message as it should be or its count one that this side's own can
/// bear out. A message may be cut by the end of a read: the scanner keeps its head for the next.
struct StatusScanner {
    private let randomData: Bool
    /// The end of the last read, where it could begin a status: at most 11 bytes.
    private var head: [UInt8] = []
    private var nextSequence: UInt32 = 1
    /// Zeros right before what comes next, as far as they matter; statuses do not interrupt them.
    private var zeros = StatusScanner.surroundings

    /// So many statuses may be missing between two: an hour of them.
    private static let mostMissing: UInt32 = 3600
    /// So many zeros before a 07 say that the data is zeros.
    private static let surroundings = 12

    init(randomData: Bool) {
        self.randomData = randomData
    }

    /// Looks through the next bytes of the stream.
    ///
    /// - Parameters:
    ///   - sent: how many bytes the server can have received until now at most.
    ///   - found: called for each status, in order.
    /// - Returns: how many bytes are data. Bytes that a cut status holds back count with the read that completes it.
    mutating func scan(_ bytes: UnsafeRawBufferPointer, sent: Int64 = .max, found: (BtestStatus) -> Void) -> Int {
        guard !head.isEmpty else { return walk(bytes, from: 0, to: bytes.count, sent: sent, found: found).data }
        // What begins in the head is decided with the bytes that could complete it; the rest is looked through in
        // place.
        let kept = head.count
        let joint = head + bytes.prefix(BtestStatus.length - 1)
        head = []
        let (data, end) = joint.withUnsafeBytes { walk($0, from: 0, to: kept, sent: sent, found: found) }
        return data + walk(bytes, from: end - kept, to: bytes.count, sent: sent, found: found).data
    }

    /// Decides about every status that begins between two offsets.
    ///
    /// - Returns: how many bytes are data, and the offset after them and the statuses: at least `limit`.
    private mutating func walk(
        _ bytes: UnsafeRawBufferPointer, from start: Int, to limit: Int, sent: Int64, found: (BtestStatus) -> Void
    ) -> (data: Int, end: Int) {
        var data = 0
        var offset = start
        while let candidate = nextCandidate(in: bytes, from: offset), candidate < limit {
            data += candidate - offset
            passed(bytes, from: offset, to: candidate)
            offset = candidate
            let piece = bytes[candidate...].prefix(BtestStatus.length)
            if piece.count < BtestStatus.length, couldBegin(piece) {
                head = Array(piece)
                return (data, bytes.count)
            }
            if let status = believable(piece, sent: sent) {
                nextSequence = status.sequence &+ 1
                found(status)
                offset += BtestStatus.length
            } else {
                data += 1
                offset += 1
                zeros = 0
            }
        }
        passed(bytes, from: offset, to: limit)
        return (data + max(limit - offset, 0), max(limit, offset))
    }

    /// Notes whether data ends in zeros.
    private mutating func passed(_ bytes: UnsafeRawBufferPointer, from start: Int, to end: Int) {
        guard start < end else { return }
        let tail = bytes[max(start, end - Self.surroundings)..<end]
        let trailing = tail.reversed().prefix { $0 == 0 }.count
        zeros = trailing == end - start ? min(zeros + trailing, Self.surroundings) : trailing
    }

    private var isAmongZeros: Bool { !randomData && zeros >= Self.surroundings }

    /// Which numbers the next status can have. None has 0: that is a 07 among zeros.
    private var numbers: ClosedRange<UInt32> {
        isAmongZeros ? 1...nextSequence.raised(by: Self.mostMissing) : nextSequence...nextSequence
    }

    private func believable(_ piece: Slice<UnsafeRawBufferPointer>, sent: Int64) -> BtestStatus? {
        guard let status = BtestStatus(decoding: piece) else { return nil }
        // The form that is written down; live servers were seen to differ in the load's high bit and the two bytes after it.
        let isRegular = Self.hasHighBit(piece) && piece.dropFirst(2).prefix(2).allSatisfy { $0 == 0 }
        if isAmongZeros, isRegular { return status }
        guard BtestStatus.canBegin(piece, numbered: numbers) else { return nil }
        return isRegular || Int64(status.bytesReceived) <= sent ? status : nil
    }

    private static func hasHighBit(_ piece: Slice<UnsafeRawBufferPointer>) -> Bool {
        piece.dropFirst().first.map { $0 >= 0x80 } ?? true
    }

    /// Whether fewer bytes than a status has, the first of them 07, may be the beginning of one.
    private func couldBegin(_ cut: Slice<UnsafeRawBufferPointer>) -> Bool {
        (isAmongZeros && Self.hasHighBit(cut)) || BtestStatus.canBegin(cut, numbered: numbers)
    }

    /// The offset of the next 07.
    private func nextCandidate(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let base = bytes.baseAddress, start < bytes.count,
            let hit = memchr(base + start, CInt(BtestStatus.firstByte), bytes.count - start)
        else { return nil }
        return base.distance(to: UnsafeRawPointer(hit))
    }
}
