import Sockets
import Transfer

/// The pre-test of one connection: blocks that double until its time has passed (specification, sections 4.2 and 4.5).
struct RMBTPretest: Sendable {
    struct Result: Sendable {
        var chunks = 0
        /// By the last and largest block.
        var bytesPerSecond = 0.0
        var error: RMBTError?
    }

    /// A line that carried no more chunks than this is slow: one connection must do.
    static let slowLineChunks = 4
    /// Blocks grow by number up to this many chunks and then by their size, so that a fast line needs few commands and checks.
    private static let mostChunksBeforeGrowth = 64

    let sizes: ChunkSizes
    /// Nanoseconds.
    let duration: Int64
    /// Seconds for one block.
    let timeout: Double
    let meter: ByteMeter

    /// The k-th block, from 0: initial size × 2^k bytes, as far as the server's limits go.
    static func block(_ k: Int, sizes: ChunkSizes) -> (count: Int, size: Int) {
        let total = sizes.initial << min(k, 40)
        let growth = max(total / (sizes.initial * mostChunksBeforeGrowth), 1)
        let size = min(sizes.initial * growth, sizes.maximum)
        return (min(max(total / size, 1), RMBTServerSession.chunkCounts.upperBound), size)
    }

    func download(over connection: RMBTConnection) async -> Result {
        // Until the last chunk arrived, and not until the round trips that confirm it are over.
        await run {
            $0.tuples.last?.nanoseconds
        } transfer: { count, size in
            await connection.getChunks(count, size: size, timeout: timeout, meter: meter)
        }
    }

    func upload(over connection: RMBTConnection) async -> Result {
        // By our clock: the server's may say anything.
        await run { _ in
            nil
        } transfer: { count, size in
            await connection.upload(
                .init(chunkSize: size, ending: .chunks(count), duration: nil), timeout: timeout,
                reports: .none, origin: MonotonicClock.now(), meter: meter)
        }
    }

    /// - Parameter time: nanoseconds in which a block was carried; nil takes the time until it was confirmed.
    private func run(
        time: (RMBTConnection.Outcome) -> Int64?, transfer: (Int, Int) async -> RMBTConnection.Outcome
    ) async -> Result {
        var result = Result()
        let began = MonotonicClock.now()
        var k = 0
        while MonotonicClock.now() - began < duration {
            let (count, size) = Self.block(k, sizes: sizes)
            let blockBegan = MonotonicClock.now()
            let outcome = await transfer(count, size)
            if let error = outcome.error {
                result.error = error
                return result
            }
            let elapsed = Double(max(time(outcome) ?? (MonotonicClock.now() - blockBegan), 1)) * 1e-9
            result.chunks += count
            result.bytesPerSecond = Double(count) * Double(size) / elapsed
            k += 1
        }
        return result
    }
}
