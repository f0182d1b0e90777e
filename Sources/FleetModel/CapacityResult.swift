/// What a search for the capacity of a way found in one direction.
public struct CapacityResult: Sendable, Equatable, Codable {
    /// One rate that was tried.
    public struct Step: Sendable, Equatable, Codable {
        /// bit/s that the sender was asked for, and that arrived.
        public let askedBitsPerSecond: Double
        public let receivedBitsPerSecond: Double
        /// Of the packets, 0 … 1.
        public let lossRatio: Double

        public init(askedBitsPerSecond: Double, receivedBitsPerSecond: Double, lossRatio: Double) {
            self.askedBitsPerSecond = askedBitsPerSecond
            self.receivedBitsPerSecond = receivedBitsPerSecond
            self.lossRatio = lossRatio
        }
    }

    /// bit/s that arrived at the highest rate that lost no more than 1 %; nil where there was no such rate.
    public var bitsPerSecond: Double?
    /// Whether the way may carry more: no rate was tried, or could be, that lost more.
    public var isAtLeast: Bool
    /// Why the search ended, in a word.
    public var ending: String
    /// In the order in which they were tried.
    public var steps: [Step]

    public init(bitsPerSecond: Double?, isAtLeast: Bool, ending: String, steps: [Step]) {
        self.bitsPerSecond = bitsPerSecond
        self.isAtLeast = isAtLeast
        self.ending = ending
        self.steps = steps
    }
}
