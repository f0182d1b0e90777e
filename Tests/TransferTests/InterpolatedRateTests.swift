import Foundation
import Testing

@testable import Transfer

@Suite struct InterpolatedRateTests {
    private struct Vectors: Decodable {
        struct Case: Decodable {
            let threads: [[[Int64]]]
            let t_star_ns: Int64
            let bits_per_second: Double
        }
        let cases: [Case]
    }

    @Test func `every vector of the specification's formula agrees to 1e-12`() throws {
        let url = try #require(Bundle.module.url(forResource: "Fixtures/rmbt-rate", withExtension: "json"))
        let vectors = try JSONDecoder().decode(Vectors.self, from: Data(contentsOf: url))
        #expect(vectors.cases.count == 35)
        for vector in vectors.cases {
            let connections = vector.threads.map { tuples in
                tuples.map { TransferTuple(nanoseconds: $0[0], bytes: $0[1]) }
            }
            let rate = try #require(InterpolatedRate(connections: connections))
            #expect(rate.nanoseconds == vector.t_star_ns)
            #expect(abs(rate.bitsPerSecond - vector.bits_per_second) <= 1e-12 * vector.bits_per_second)
        }
    }

    @Test func `a connection that carried nothing makes the rate unknown`() {
        #expect(InterpolatedRate(connections: []) == nil)
        #expect(InterpolatedRate(connections: [[TransferTuple(nanoseconds: 5, bytes: 5)], []]) == nil)
        #expect(InterpolatedRate(connections: [[TransferTuple(nanoseconds: 0, bytes: 5)]]) == nil)
    }
}
