import FleetModel
import Foundation
import Reports
import Scheduler

/// Gathers from fleet and store what a report is made of.
package struct ReportSource: Sendable {
    /// nil where the store alone is known.
    private let fleet: Fleet?
    private let store: any RunReading

    package init(fleet: Fleet?, store: any RunReading) {
        self.fleet = fleet
        self.store = store
    }

    /// - Parameter generatedAt: the report's own time, which is now.
    /// - Throws: ``RunStoreError``.
    package func input(
        _ period: Range<Date>, _ selection: TargetSelection, generatedAt: Date
    ) async throws -> ReportInput {
        let targets = fleet?.targets.filter { selection.includes($0) } ?? []
        // Groups and tags are known of the fleet's targets alone, and names of all that have runs.
        let others = selection.groups.isEmpty && selection.tags.isEmpty ? selection.names : []
        let names = selection.isAll ? nil : targets.map(\.name) + others.filter { fleet?.target(named: $0) == nil }
        let length = period.upperBound.timeIntervalSince(period.lowerBound)
        let before = period.lowerBound.addingTimeInterval(-length)..<period.lowerBound
        return ReportInput(
            period: period, generatedAt: generatedAt, targets: targets, results: try await runs(period, names),
            previousResults: try await runs(before, names), slotsDue: try await slotsDue(period, now: generatedAt),
            timeZone: fleet?.timeZone ?? .gmt)
    }

    private func runs(_ period: Range<Date>, _ names: [String]?) async throws -> [ProbeResult] {
        try await store.fold(RunQuery(period: period, targets: names), into: []) { $0.append($1) }
    }

    /// The slots of each target that began in the period, not before the store knew it.
    private func slotsDue(_ period: Range<Date>, now: Date) async throws -> [String: Int] {
        guard let fleet else { return [:] }
        let firstSeen = try await store.firstSeen(now: now)
        let seed = fleet.seed ?? store.storeID
        var due: [String: Int] = [:]
        for start in Planner(fleet: fleet, seed: seed).sequence(in: period) {
            guard let seen = firstSeen[start.target], start.earliest >= seen else { continue }
            due[start.target, default: 0] += 1
        }
        return due
    }
}
