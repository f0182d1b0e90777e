/// What somebody moved on one day; weeks and months are sums of days.
public struct DailyUsage: Sendable, Hashable {
    public let subject: UsageSubject
    /// Days since 1970-01-01, UTC.
    public let day: Int
    public var bytesReceived: Int64
    public var bytesSent: Int64

    public init(subject: UsageSubject, day: Int, bytesReceived: Int64, bytesSent: Int64) {
        self.subject = subject
        self.day = day
        self.bytesReceived = bytesReceived
        self.bytesSent = bytesSent
    }
}
