import Transfer

/// Makes a receiver's status message of each second (docs/protocols/btest.md, Status message).
struct BtestStatusTicker {
    static let interval: Int64 = 1_000_000_000

    /// When the next status is due.
    private(set) var next: Int64
    private var sequence: UInt32 = 0
    private var reported: Int64
    private var cpu = CPUMeter()

    /// - Parameters:
    ///   - origin: the start of the test; the first status is due a second after it.
    ///   - reported: bytes that had come before the start, of which no status tells.
    init(origin: Int64, reported: Int64 = 0) {
        self.reported = reported
        next = origin + Self.interval
    }

    /// The status that is due at `now`, if one is.
    ///
    /// - Parameter received: bytes received since the start of the test.
    mutating func interjection(at now: Int64, received: Int64) -> StreamSender.Interjection {
        guard now >= next else { return .init(message: [], next: next) }
        // After a pause (a full buffer) one status tells all of it: none is sent twice.
        next += Self.interval * ((now - next) / Self.interval + 1)
        sequence &+= 1
        let status = BtestStatus(
            cpuPercent: UInt8(clamping: Int(((cpu.load() ?? 0) * 100).rounded())), sequence: sequence,
            bytesReceived: UInt32(truncatingIfNeeded: received - reported))
        reported = received
        return .init(message: status.encoded, next: next)
    }
}
