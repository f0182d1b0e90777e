/// What a server carried for one token, in equal parts of the time since its first byte.
public struct RMBTServedTest: Sendable, Equatable, Codable {
    /// Parts that are kept; when they are full, two become one.
    static let mostParts = 128
    static let shortestPart: Int64 = 250_000_000

    /// What the token's signature covers: the open test uuid, and the start in Unix seconds.
    public let identity: String
    /// Nanoseconds of one part.
    public private(set) var part = Self.shortestPart
    /// Bytes that the server sent in each part: the client's download.
    public private(set) var sent: [Int64] = []
    /// Bytes that it received: the client's upload.
    public private(set) var received: [Int64] = []
    private var begin: Int64?

    private enum CodingKeys: String, CodingKey {
        case identity = "test"
        case part = "part_ns"
        case sent, received
    }

    public init(identity: String) {
        self.identity = identity
    }

    /// All bytes, both ways.
    public var bytes: Int64 { Self.sum(sent) &+ Self.sum(received) }

    /// - Parameter now: nanoseconds of a clock that never jumps.
    mutating func add(_ bytes: Int64, isReceived: Bool, at now: Int64) {
        let begin = begin ?? now
        self.begin = begin
        while max(now - begin, 0) / part >= Int64(Self.mostParts) { halve() }
        let index = Int(max(now - begin, 0) / part)
        if isReceived { Self.add(bytes, at: index, to: &received) } else { Self.add(bytes, at: index, to: &sent) }
    }

    private mutating func halve() {
        part *= 2
        sent = Self.halved(sent)
        received = Self.halved(received)
    }

    private static func add(_ bytes: Int64, at index: Int, to parts: inout [Int64]) {
        if parts.count <= index { parts += [Int64](repeating: 0, count: index + 1 - parts.count) }
        parts[index] = parts[index].addingReportingOverflow(max(bytes, 0)).partialValue
    }

    private static func halved(_ parts: [Int64]) -> [Int64] {
        stride(from: 0, to: parts.count, by: 2).map { parts[$0] &+ ($0 + 1 < parts.count ? parts[$0 + 1] : 0) }
    }

    private static func sum(_ parts: [Int64]) -> Int64 { parts.reduce(0, &+) }

    /// The most bytes that one direction carried within so long a time, wherever it lies.
    ///
    /// - Parameter nanoseconds: rounded up to whole parts, and one more, because it may begin anywhere within a part.
    public func most(sent isSent: Bool, within nanoseconds: Int64) -> Int64 {
        let parts = isSent ? sent : received
        guard part > 0, nanoseconds > 0 else { return 0 }
        let count = Int(clamping: min(nanoseconds / part + (nanoseconds % part > 0 ? 2 : 1), Int64(parts.count)))
        var window: Int64 = 0
        var most: Int64 = 0
        for (index, bytes) in parts.enumerated() {
            window &+= bytes
            if index >= count { window &-= parts[index - count] }
            most = max(most, window)
        }
        return most
    }

    /// Whether the numbers are such as a server sends: a report of anybody else ends here.
    public var isSound: Bool {
        let parts = sent + received
        return identity.utf8.count <= 64 && (1_000_000...3_600_000_000_000).contains(part)
            && sent.count <= Self.mostParts && received.count <= Self.mostParts
            && parts.allSatisfy { (0...(1 << 50)).contains($0) }
    }
}
