import Transfer

/// A stream of chunks that is to be sent.
struct ChunkPlan: Sendable {
    enum Ending: Sendable, Equatable {
        /// After this many chunks.
        case count(Int)
        /// With the first chunk that begins at or after this instant of ``MonotonicClock``.
        case time(Int64)
    }

    /// In bytes, at least 1.
    let chunkSize: Int
    let ending: Ending
    /// A stream that ends by time ends with the first chunk that begins behind so many bytes as well.
    let mostBytes: Int64
    /// What may still be sent; nil bounds nothing. The stream ends where nothing may.
    let allowance: (any ByteAllowance)?

    init(chunkSize: Int, ending: Ending, mostBytes: Int64 = .max, allowance: (any ByteAllowance)? = nil) {
        self.chunkSize = max(chunkSize, 1)
        self.ending = ending
        self.mostBytes = mostBytes
        self.allowance = allowance
    }

    /// Whether a chunk that begins now is the last one.
    func isLast(chunksBefore chunks: Int, bytesBefore bytes: Int64, at now: Int64) -> Bool {
        switch ending {
        case .count(let count): chunks >= count - 1
        case .time(let instant): now >= instant || bytes >= mostBytes
        }
    }

    /// Whether so much is to be sent that a thread is worth its making: what ends by time, and 4 MiB of what is counted.
    var isBulk: Bool {
        switch ending {
        case .count(let count): count.multipliedReportingOverflow(by: chunkSize).partialValue >= 1 << 22
        case .time: true
        }
    }
}
