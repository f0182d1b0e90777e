/// Follows a stream of chunks to the one that ends it (docs/protocols/rmbt.md, Commands): the last byte of every chunk is 0x00,
/// of the last one 0xFF.
struct ChunkReader: Sendable, Equatable {
    let chunkSize: Int
    private(set) var bytes: Int64 = 0
    private(set) var chunks = 0
    /// Bytes of the current chunk so far.
    private var offset = 0

    /// - Parameter chunkSize: in bytes, at least 1.
    init(chunkSize: Int) {
        self.chunkSize = max(chunkSize, 1)
    }

    /// Bytes of the current chunk before its last one, which nobody needs to look at.
    var skippable: Int { chunkSize - offset - 1 }

    /// So many bytes went by unseen.
    ///
    /// - Parameter count: 0 … ``skippable``; more counts as that.
    mutating func skip(_ count: Int) {
        let count = min(max(count, 0), skippable)
        offset += count
        bytes += Int64(count)
    }

    enum Progress: Equatable {
        /// All of the piece belongs to the stream, and more follows.
        case more
        /// The stream ended after this many bytes of the piece.
        case ended(consumed: Int)
        /// A chunk ended with this byte, which is neither.
        case invalid(UInt8)
    }

    /// Reads on through `piece`; looks at the last byte of each chunk only.
    mutating func read(_ piece: UnsafeRawBufferPointer) -> Progress {
        var position = 0
        while piece.count - position >= chunkSize - offset {
            position += chunkSize - offset
            offset = 0
            chunks += 1
            switch piece[position - 1] {
            case 0: continue
            case 0xFF:
                bytes += Int64(position)
                return .ended(consumed: position)
            case let byte: return .invalid(byte)
            }
        }
        offset += piece.count - position
        bytes += Int64(piece.count)
        return .more
    }
}
