import Transfer

extension BtestStatusLog {
    /// The tuples with the field's overflow undone: 32 bits hold 4.29 GB, less than 34 Gbit/s carry in a second
    /// (docs/protocols/btest.md, Status message).
    ///
    /// - Parameter acknowledged: what the peer's kernel had acknowledged meanwhile. How often the field went round between two
    ///   statuses is the number that comes closest to it.
    func tuplesUnwrapped(by acknowledged: [TransferTuple]) -> [TransferTuple] {
        var reportedBefore: Int64 = 0
        var acknowledgedBefore: Int64 = 0
        var sum: Int64 = 0
        var next = acknowledged.startIndex
        return tuples.map { tuple in
            while next < acknowledged.endIndex, acknowledged[next].nanoseconds <= tuple.nanoseconds { next += 1 }
            let acknowledgedNow = next > acknowledged.startIndex ? acknowledged[next - 1].bytes : 0
            let reported = tuple.bytes - reportedBefore
            let expected = Double(acknowledgedNow - acknowledgedBefore)
            let rounds = ((expected - Double(reported)) / Self.fieldSize).rounded()
            sum += reported + Int64(Swift.max(rounds, 0) * Self.fieldSize)
            (reportedBefore, acknowledgedBefore) = (tuple.bytes, acknowledgedNow)
            return TransferTuple(nanoseconds: tuple.nanoseconds, bytes: sum)
        }
    }

    private static let fieldSize = 4_294_967_296.0
}
