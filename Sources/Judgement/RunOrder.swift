import FleetModel

extension ProbeResult {
    /// Oldest first; runs of one instant in the order of their ids, so that a report has one order.
    package static func isOlder(_ left: ProbeResult, _ right: ProbeResult) -> Bool {
        if left.startedAt != right.startedAt { return left.startedAt < right.startedAt }
        return left.runID.uuidString < right.runID.uuidString
    }
}
