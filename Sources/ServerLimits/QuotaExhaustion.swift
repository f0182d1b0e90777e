/// A quota that is used up.
public struct QuotaExhaustion: Error, Sendable, Hashable, CustomStringConvertible {
    public let subject: UsageSubject
    public let rule: QuotaRule
    /// In bytes, within the rule's period.
    public let used: Int64

    /// `user "bob" has used 10.2 GB of 10 GB for today (out)`
    public var description: String {
        "\(who) has used \(Self.text(used)) of \(Self.text(rule.bytes)) for \(span) (\(direction))"
    }

    private var who: String {
        switch subject {
        // A name is the peer's word, and may hold anything.
        case .user(let name): "user \(name.debugDescription)"
        case .address(let address): "address \(address)"
        }
    }

    private var span: String {
        switch rule.period {
        case .day: "today"
        case .week: "this week"
        case .month: "this month"
        }
    }

    private var direction: String {
        rule.direction == .combined ? "in and out" : rule.direction.rawValue
    }

    /// Decimal units, one digit behind the point, cut off rather than rounded up to a limit that was not reached.
    static func text(_ bytes: Int64) -> String {
        let units: [(String, Int64)] = [
            ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000),
        ]
        guard let (name, size) = units.first(where: { bytes >= $0.1 }) else { return "\(bytes) B" }
        let tenths = bytes / (size / 10)
        return tenths % 10 == 0 ? "\(tenths / 10) \(name)" : "\(tenths / 10).\(tenths % 10) \(name)"
    }
}
