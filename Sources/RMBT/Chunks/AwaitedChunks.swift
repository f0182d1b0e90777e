/// A stream of chunks that this side asked for, and how far it may go.
struct AwaitedChunks: Equatable {
    enum Amount: Equatable {
        case chunks(Int)
        case seconds(Int)
    }

    /// What may still come a second after the stream's time: more than a server's and a client's buffers hold. A slow line takes its
    /// time for what lies there; whoever sends this much has never stopped.
    static let mostAfterTime: Int64 = 16 << 20
    private static let graceNanoseconds: Int64 = 1_000_000_000

    let amount: Amount
    let commandedAt: Int64
    private(set) var reader: ChunkReader
    /// Bytes until the stream's time and its grace were over; nil before.
    private var bytesInTime: Int64?

    init(_ amount: Amount, size: Int, commandedAt: Int64) {
        self.amount = amount
        self.commandedAt = commandedAt
        reader = ChunkReader(chunkSize: size)
    }

    enum Progress: Equatable {
        case more
        /// The stream ended after this many bytes of the piece.
        case ended(consumed: Int)
        /// What came instead of a chunk.
        case violation(String)
    }

    mutating func read(_ piece: UnsafeRawBufferPointer, at now: Int64) -> Progress {
        noteTime(now)
        return switch reader.read(piece) {
        case .ended(let consumed): .ended(consumed: consumed)
        case .invalid(let byte): .violation("one that ends with \(byte) instead of 0 or 255")
        case .more: judged
        }
    }

    /// So many bytes before the last one of a chunk went by unseen.
    mutating func skip(_ count: Int, at now: Int64) -> Progress {
        noteTime(now)
        reader.skip(count)
        return judged
    }

    private mutating func noteTime(_ now: Int64) {
        if bytesInTime == nil, isOverdue(at: now) { bytesInTime = reader.bytes }
    }

    /// Whether the stream may go on.
    private var judged: Progress {
        if case .chunks(let count) = amount, reader.chunks >= count {
            return .violation("\(count) of them and no end of the stream")
        }
        if let bytesInTime, reader.bytes - bytesInTime > Self.mostAfterTime {
            return .violation("chunk after chunk when the time was over")
        }
        return .more
    }

    private func isOverdue(at now: Int64) -> Bool {
        guard case .seconds(let seconds) = amount else { return false }
        return now - commandedAt > Int64(seconds) * 1_000_000_000 + Self.graceNanoseconds
    }
}
