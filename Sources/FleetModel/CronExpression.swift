/// A five-field cron expression: minute, hour, day of month, month, day of week.
public struct CronExpression: Sendable, Equatable {
    /// As it was written.
    public let text: String
}
