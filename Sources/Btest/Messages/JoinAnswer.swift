/// The answer that some servers give to a join, `01 HI LO 00` with the test's token: RouterOS gives none (docs/protocols/btest.md, Several
/// TCP connections). It may be cut anywhere, and is no data.
struct JoinAnswer {
    /// The four bytes; none on the first connection of a test, which gets no such answer.
    let bytes: [UInt8]
    private var awaited: ArraySlice<UInt8>

    init(token: UInt16?) {
        bytes = token.map { BtestAnswer.begin(token: $0).encoded } ?? []
        awaited = bytes[...]
    }

    /// Takes the answer away from the stream's beginning.
    ///
    /// - Returns: what follows it, and how many bytes before that were data after all.
    mutating func removed(from piece: UnsafeRawBufferPointer) -> (rest: UnsafeRawBufferPointer, data: Int) {
        guard !awaited.isEmpty else { return (piece, 0) }
        let count = min(awaited.count, piece.count)
        if piece.prefix(count).elementsEqual(awaited.prefix(count)) {
            awaited = awaited.dropFirst(count)
            return (UnsafeRawBufferPointer(rebasing: piece.dropFirst(count)), 0)
        }
        let held = bytes.count - awaited.count
        awaited = []
        return (piece, held)
    }
}
