import TestSupport
import Testing

@testable import RMBT

@Suite(.onlyComputes) struct SessionRateTests {
    /// Connections that move a piece whenever they may, late by `oversleep`, from `start` for some virtual seconds.
    ///
    /// - Returns: what each of them moved.
    private func bytes(
        of rate: SessionRate, connections: Int, from start: Int64 = 0, seconds: Int64, oversleep: Int64
    ) -> [Int] {
        var next = (0..<connections).map { start + Int64($0) }
        var bytes = [Int](repeating: 0, count: connections)
        while let now = next.min(), now < start + seconds * 1_000_000_000, let connection = next.firstIndex(of: now) {
            bytes[connection] += rate.pieceSize
            let instant = rate.moved(rate.pieceSize, at: now)
            // Whoever may go on at once takes some time for it all the same.
            next[connection] = instant > now ? instant + oversleep : now + 5000
        }
        return bytes
    }

    @Test(arguments: [1e6, 1e7, 1e8, 1e9, 1e10], [1, 3, 20])
    func `connections keep to a limit together, in equal parts, however late their timers are`(
        limit: Double, connections: Int
    ) {
        for oversleep: Int64 in [0, 60_000, 1_000_000] {
            let rate = SessionRate(bitsPerSecond: limit, now: 0)
            rate.streamBegan(at: 0)
            let bytes = bytes(of: rate, connections: connections, seconds: 3, oversleep: oversleep)
            let pieces = Double(connections * rate.pieceSize)
            #expect(abs(Double(bytes.reduce(0, +)) - limit * 3 / 8) < 0.01 * limit * 3 / 8 + pieces)
            // Beyond, timers are longer than turns: whoever wakes up first takes what has gathered.
            guard limit <= 1e9 else { continue }
            let (least, most) = (bytes.min() ?? 0, bytes.max() ?? 0)
            #expect(Double(most - least) < 0.02 * Double(most) + Double(2 * rate.pieceSize))
        }
    }

    @Test(arguments: [1e7, 1e9])
    func `what nobody moved before a stream began is not made up for in it`(limit: Double) {
        let rate = SessionRate(bitsPerSecond: limit, now: 0)
        rate.streamBegan(at: 0)
        _ = bytes(of: rate, connections: 1, seconds: 10, oversleep: 0)
        rate.streamBegan(at: 20_000_000_000)
        let bytes = bytes(of: rate, connections: 1, from: 20_000_000_000, seconds: 10, oversleep: 0)
        // A quarter of a second, made up for at 4 % more, would be 2 % of ten seconds.
        #expect(Double(bytes[0]) < limit * 10 / 8 * 1.005)
    }

    @Test func `a stream that begins does not forgive what was moved before`() {
        let rate = SessionRate(bitsPerSecond: 8e6, now: 0)
        #expect(rate.moved(1_000_000, at: 0) > 1_000_000_000)
        rate.streamBegan(at: 1000)
        #expect(rate.moved(1, at: 2000) > 1_000_000_000)
    }

    @Test func `no rate and no number of bytes is too much to reckon with`() {
        for limit in [-1, 0, 1, 1e15, 1e300, .infinity] as [Double] {
            let rate = SessionRate(bitsPerSecond: limit, now: 1 << 62)
            #expect((2048...65_536).contains(rate.pieceSize))
            for _ in 0..<20 { #expect(rate.moved(.max, at: 1 << 62) >= 1 << 62) }
        }
    }
}
