/// How many bytes somebody may move within a period.
public struct QuotaRule: Sendable, Hashable {
    public let period: QuotaPeriod
    public let direction: QuotaDirection
    /// 0 allows nothing.
    public let bytes: Int64

    public init(_ period: QuotaPeriod, _ direction: QuotaDirection, bytes: Int64) {
        self.period = period
        self.direction = direction
        self.bytes = bytes
    }
}
