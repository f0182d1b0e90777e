/// The span over which a quota counts. All of them begin at midnight UTC.
public enum QuotaPeriod: String, Sendable, Hashable, CaseIterable {
    case day
    /// From Monday.
    case week
    /// From the first of the calendar month.
    case month
}
