/// How many bytes somebody may move within a period.
public struct QuotaRule: Sendable, Hashable {
    public let period: QuotaPeriod
    public let direction: QuotaDirection
    /// 0 allows nothing, `Int64.max` everything.
    public let bytes: Int64

    public init(_ period: QuotaPeriod, _ direction: QuotaDirection, bytes: Int64) {
        self.period = period
        self.direction = direction
        self.bytes = bytes
    }
}

extension [QuotaRule] {
    /// These rules with somebody's own: each of those takes the place of the rule for the same period and direction.
    public func overridden(by own: [QuotaRule]) -> [QuotaRule] {
        filter { rule in !own.contains { $0.period == rule.period && $0.direction == rule.direction } } + own
    }
}
