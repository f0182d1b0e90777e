import Foundation
import Testing

@testable import FleetModel

@Suite("Thinning of samples")
struct SampleThinningTests {
    /// The rate of the RMBT specification, section 4.4, word for word: bytes of all connections until t*, over t*.
    static func rate(_ samples: [TransferResult.Sample]) -> Double? {
        let connections = Dictionary(grouping: samples, by: \.connection)
            .mapValues { [(0.0, 0.0)] + $0.map { (Double($0.nanoseconds), Double($0.bytes)) }.sorted { $0 < $1 } }
        guard let end = connections.values.compactMap(\.last?.0).min(), end > 0 else { return nil }
        let bytes = connections.values.reduce(0.0) { sum, pairs in
            guard let l = pairs.indices.dropFirst().first(where: { pairs[$0].0 >= end }) else { return sum }
            let (before, after) = (pairs[l - 1], pairs[l])
            return sum + before.1 + (end - before.0) / (after.0 - before.0) * (after.1 - before.1)
        }
        return bytes * 8 / end * 1e9
    }

    /// Connections with a slow start, stalls and bursts, ending at different times.
    static func bursty(connections: Int, count: Int, seed: UInt64) -> [TransferResult.Sample] {
        var state = seed
        func random(_ limit: UInt64) -> Int64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int64((state >> 33) % limit)
        }
        return (0..<connections).flatMap { connection in
            var (time, bytes) = (Int64(0), Int64(0))
            return (0..<count).map { _ in
                time += 1 + random(random(50) == 0 ? 40_000_000 : 900_000)
                bytes += random(200_000)
                return TransferResult.Sample(connection: connection, nanoseconds: time, bytes: bytes)
            }
        }
    }

    @Test(
        "The rate recomputed from the kept samples is that of all, to 0.1 %",
        arguments: [1, 3, 20], [UInt64(1), 2, 3, 4])
    func rateStays(_ connections: Int, _ seed: UInt64) throws {
        let all = Self.bursty(connections: connections, count: 4000, seed: seed)
        let kept = SampleThinning.thin(all.shuffled())
        let expected = try #require(Self.rate(all))
        let found = try #require(Self.rate(kept))
        #expect(abs(found / expected - 1) < 0.001)
        for samples in Dictionary(grouping: kept, by: \.connection).values {
            #expect(samples.count <= 500)
        }
    }

    @Test("Where one connection ends long before the others, the two samples around its end stay on each")
    func earlyEnd() throws {
        let long = (1...10_000).map { TransferResult.Sample(connection: 1, nanoseconds: $0 * 1000, bytes: $0 * $0) }
        let short = [TransferResult.Sample(connection: 0, nanoseconds: 1_234_500, bytes: 77)]
        let kept = SampleThinning.thin(long + short, limit: 4)
        #expect(kept.map(\.nanoseconds) == [1_234_500, 1000, 1_234_000, 1_235_000, 10_000_000])
        #expect(Self.rate(kept) == Self.rate(long + short))
    }

    @Test("Few samples stay as they are, ordered by connection and time")
    func few() {
        let samples = Self.bursty(connections: 3, count: 100, seed: 9)
        #expect(SampleThinning.thin(samples.reversed()) == samples)
        #expect(SampleThinning.thin([]) == [])
    }

    @Test("Thinning what is thin changes nothing")
    func twice() {
        let once = SampleThinning.thin(Self.bursty(connections: 2, count: 9000, seed: 5))
        #expect(SampleThinning.thin(once) == once)
    }

    @Test("What stays is spread over the whole time, so that a curve shows the test and not its start")
    func spread() throws {
        let all = Self.bursty(connections: 1, count: 20_000, seed: 6)
        let kept = SampleThinning.thin(all)
        #expect(kept.count > 400)
        let length = try #require(all.last).nanoseconds
        let gaps = zip(kept, kept.dropFirst()).map { $1.nanoseconds - $0.nanoseconds }
        #expect(try #require(gaps.max()) < length / 496 * 2 + 40_000_000)
    }

    @Test("Times that never move, or that are extreme, trap nothing")
    func strange() {
        let same = (0..<1000).map { TransferResult.Sample(connection: 0, nanoseconds: 5, bytes: $0) }
        #expect(SampleThinning.thin(same).map(\.bytes) == [0, 999])
        let wild = (0..<1000).map {
            TransferResult.Sample(connection: .max, nanoseconds: $0.isMultiple(of: 2) ? .min : .max, bytes: $0)
        }
        #expect(SampleThinning.thin(wild).count <= 500)
    }
}
