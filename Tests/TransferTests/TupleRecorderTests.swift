import Testing

@testable import Transfer

@Suite struct TupleRecorderTests {
    @Test func `tuples within a millisecond merge and the latest stays`() {
        var recorder = TupleRecorder()
        for index in 1...1000 { recorder.record(nanoseconds: Int64(index) * 10_000, bytes: Int64(index)) }
        #expect(recorder.tuples.count <= 12)
        #expect(recorder.tuples.last == TransferTuple(nanoseconds: 10_000_000, bytes: 1000))
    }

    @Test func `an hour of a transfer stays within the limit and keeps its rate`() throws {
        var recorder = TupleRecorder()
        for index in 1...3_600_000 { recorder.record(nanoseconds: Int64(index) * 1_000_000, bytes: Int64(index) * 125) }
        #expect(recorder.tuples.count <= TupleRecorder.limit)
        let rate = try #require(InterpolatedRate(connections: [recorder.tuples]))
        #expect(rate.bitsPerSecond == 1_000_000)
    }

    @Test func `time never runs backwards`() {
        var recorder = TupleRecorder(gap: 0)
        recorder.record(nanoseconds: 10, bytes: 1)
        recorder.record(nanoseconds: 5, bytes: 2)
        #expect(recorder.tuples.map(\.nanoseconds) == [10, 10])
    }
}
