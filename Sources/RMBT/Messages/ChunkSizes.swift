/// The sizes of chunk that a server offers, in bytes.
public struct ChunkSizes: Sendable, Equatable {
    /// s_min and s_max of the specification (section 3).
    static let smallest: Int64 = 4096
    static let largest: Int64 = 4_194_304

    public let initial: Int
    public let minimum: Int
    public let maximum: Int

    static let standard = ChunkSizes(initial: 4096, minimum: 4096, maximum: 4_194_304)

    /// A size so that about one chunk passes each connection in 20 ms: fine enough tuples, few enough system calls.
    ///
    /// - Parameter bytesPerSecond: the estimate for one connection.
    func adapted(to bytesPerSecond: Double) -> Int {
        let wanted = bytesPerSecond * 0.02
        guard wanted.isFinite, wanted > Double(initial) else { return initial }
        let pages = Int(Swift.min(wanted, Double(maximum))) / 4096 * 4096
        return Swift.min(Swift.max(pages, minimum), maximum)
    }
}
