import Transfer

/// One connection's tuples as a client sends them: bytes and time never go back.
///
/// But for the last: widely used clients give it the server's time, which a client that was late to read can have behind it. Then
/// the tuples after it are left out.
struct SubmittedTuples {
    private(set) var tuples: [TransferTuple] = []
    private var isComplete = false

    /// - Throws: a sentence where the tuple cannot follow those before it.
    mutating func append(_ tuple: TransferTuple) throws(RequestJSON.Refusal) {
        guard let last = tuples.last else {
            tuples.append(tuple)
            return
        }
        guard !isComplete, tuple.bytes >= last.bytes else {
            throw RequestJSON.Refusal(
                sentence: "speed_detail goes back in time or in bytes: write each thread's entries as they came.")
        }
        isComplete = tuple.nanoseconds < last.nanoseconds
        while let last = tuples.last, last.nanoseconds > tuple.nanoseconds { tuples.removeLast() }
        tuples.append(tuple)
    }
}
