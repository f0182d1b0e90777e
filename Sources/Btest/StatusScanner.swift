/// Finds the status messages that a server puts between the data of a TCP test (docs/protocols/btest.md, TCP transfer).
///
/// The data around them is zeros, so whatever is not zero begins one. A message may be cut by the end of a read: the scanner
/// keeps its head for the next. With random data a status is believed only if its sequence number is the next one and its two
/// empty bytes are empty.
struct StatusScanner {
    private let randomData: Bool
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
        guard head.isEmpty else { return scanWithHead(bytes, found: found) }
        var data = 0
        var offset = 0
        while let start = nextCandidate(in: bytes, from: offset) {
            data += start - offset
            let end = start + BtestStatus.length
            guard end <= bytes.count else {
                let cut = bytes[start...]
                guard couldBegin(cut) else {
                    data += 1
                    offset = start + 1
                    continue
                }
                head = Array(cut)
                return data
            }
            if let status = believable(bytes[start..<end]) {
                nextSequence = status.sequence &+ 1
                found(status)
                offset = end
            } else {
                data += 1
                offset = start + 1
            }
        }
        return data + bytes.count - offset
    }

    /// The rare case: puts the kept head before the first bytes and scans that small piece apart.
    private mutating func scanWithHead(_ bytes: UnsafeRawBufferPointer, found: (BtestStatus) -> Void) -> Int {
        let missing = BtestStatus.length - head.count
        var whole = head
        guard bytes.count >= missing else {
            whole += bytes
            head = couldBegin(whole) ? whole : []
            return head.isEmpty ? rescan(whole, found: found) : 0
        }
        head = []
        whole += bytes.prefix(missing)
        let data = rescan(whole, found: found)
        // What the rescan holds back again would come before these bytes: they follow it.
        return data + scan(UnsafeRawBufferPointer(rebasing: bytes.dropFirst(missing)), found: found)
    }

    private mutating func rescan(_ piece: [UInt8], found: (BtestStatus) -> Void) -> Int {
        piece.withUnsafeBytes { scan($0, found: found) }
    }

    private func believable(_ slice: Slice<UnsafeRawBufferPointer>) -> BtestStatus? {
        guard let status = BtestStatus(decoding: slice) else { return nil }
        guard randomData else { return status }
        let isEmpty = slice[slice.startIndex + 2] == 0 && slice[slice.startIndex + 3] == 0
        return isEmpty && status.sequence == nextSequence ? status : nil
    }

    private func couldBegin(_ cut: some Collection<UInt8>) -> Bool {
        let wire = Array(cut.prefix(4))
        if let first = wire.first, first != BtestStatus.firstByte { return false }
        if wire.count > 1, wire[1] < 0x80 { return false }
        guard randomData else { return true }
        return wire.dropFirst(2).allSatisfy { $0 == 0 }
    }

    /// The next 07; in zeros that is the next byte that is not zero, found eight at a time.
    private func nextCandidate(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var index = start
        while index < bytes.count {
            if !randomData {
                while index + 64 <= bytes.count,
                    bytes.loadUnaligned(fromByteOffset: index, as: SIMD8<UInt64>.self) == SIMD8<UInt64>.zero
                {
                    index += 64
                }
                if index >= bytes.count { return nil }
            }
            if bytes[index] == BtestStatus.firstByte { return index }
            index += 1
        }
        return nil
    }
}
