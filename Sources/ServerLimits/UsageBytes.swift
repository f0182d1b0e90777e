/// Bytes in both directions.
struct UsageBytes: Equatable {
    var received: Int64 = 0
    var sent: Int64 = 0

    static func + (left: UsageBytes, right: UsageBytes) -> UsageBytes {
        UsageBytes(received: left.received &+ right.received, sent: left.sent &+ right.sent)
    }

    static func - (left: UsageBytes, right: UsageBytes) -> UsageBytes {
        UsageBytes(received: left.received &- right.received, sent: left.sent &- right.sent)
    }

    /// The lesser number of each direction.
    func least(_ other: UsageBytes) -> UsageBytes {
        UsageBytes(received: min(received, other.received), sent: min(sent, other.sent))
    }

    /// What a quota of this direction counts.
    func counted(_ direction: QuotaDirection) -> Int64 {
        switch direction {
        case .received: received
        case .sent: sent
        case .combined: received &+ sent
        }
    }
}
