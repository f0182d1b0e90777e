import Glibc

/// Finds the status messages that a server puts between the data of a TCP test (docs/protocols/btest.md, TCP transfer).
///
/// The data around them is zeros, so a 07 begins one. A message may be cut by the end of a read: the scanner keeps its
/// head for the next. With random data a status is believed only if its sequence number is the next one and its two
/// empty bytes are empty.
struct StatusScanner {
    private let randomData: Bool
    /// The end of the last read, where it could begin a status: at most 11 bytes.
    private var head: [UInt8] = []
    private var nextSequence: UInt32 = 1

    init(randomData: Bool) {
        self.randomData = randomData
    }

    /// Looks through the next bytes of the stream.
    ///
    /// - Parameter found: called for each status, in order.
    /// - Returns: how many bytes are data. Bytes that a cut status holds back count with the read that completes it.
    mutating func scan(_ bytes: UnsafeRawBufferPointer, found: (BtestStatus) -> Void) -> Int {
        guard !head.isEmpty else { return walk(bytes, from: 0, to: bytes.count, found: found).data }
        // What begins in the head is decided with the bytes that could complete it; the rest is looked through in
        // place.
        let kept = head.count
        let joint = head + bytes.prefix(BtestStatus.length - 1)
        head = []
        let (data, end) = joint.withUnsafeBytes { walk($0, from: 0, to: kept, found: found) }
        return data + walk(bytes, from: end - kept, to: bytes.count, found: found).data
    }

    /// Decides about every status that begins between two offsets.
    ///
    /// - Returns: how many bytes are data, and the offset after them and the statuses: at least `limit`.
    private mutating func walk(
        _ bytes: UnsafeRawBufferPointer, from start: Int, to limit: Int, found: (BtestStatus) -> Void
    ) -> (data: Int, end: Int) {
        var data = 0
        var offset = start
        while let candidate = nextCandidate(in: bytes, from: offset), candidate < limit {
            data += candidate - offset
            offset = candidate
            let piece = bytes[candidate...].prefix(BtestStatus.length)
            if piece.count < BtestStatus.length, couldBegin(piece) {
                head = Array(piece)
                return (data, bytes.count)
            }
            if let status = believable(piece) {
                nextSequence = status.sequence &+ 1
                found(status)
                offset += BtestStatus.length
            } else {
                data += 1
                offset += 1
            }
        }
        return (data + max(limit - offset, 0), max(limit, offset))
    }

    private func believable(_ piece: Slice<UnsafeRawBufferPointer>) -> BtestStatus? {
        guard let status = BtestStatus(decoding: piece) else { return nil }
        guard randomData else { return status }
        let isEmpty = piece.dropFirst(2).prefix(2).allSatisfy { $0 == 0 }
        return isEmpty && status.sequence == nextSequence ? status : nil
    }

    /// Whether fewer bytes than a status has, the first of them 07, may be the beginning of one.
    private func couldBegin(_ cut: Slice<UnsafeRawBufferPointer>) -> Bool {
        if let second = cut.dropFirst().first, second < 0x80 { return false }
        return !randomData || cut.dropFirst(2).prefix(2).allSatisfy { $0 == 0 }
    }

    /// The offset of the next 07.
    private func nextCandidate(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let base = bytes.baseAddress, start < bytes.count,
            let hit = memchr(base + start, CInt(BtestStatus.firstByte), bytes.count - start)
        else { return nil }
        return base.distance(to: UnsafeRawPointer(hit))
    }
}
