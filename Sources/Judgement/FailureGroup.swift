import FleetModel
import Foundation

/// Failures of one target that say the same.
package struct FailureGroup: Sendable, Equatable {
    package let kind: ProbeFailure.Kind
    package let sentence: String
    package let count: Int
    package let first: Date
    package let last: Date

    /// The most frequent first.
    ///
    /// - Parameter results: of one target, oldest first.
    package static func groups(of results: [ProbeResult]) -> [FailureGroup] {
        struct Key: Hashable {
            let kind: ProbeFailure.Kind
            let sentence: String
        }
        var dates: [Key: [Date]] = [:]
        for result in results {
            guard let failure = result.outcome.failure else { continue }
            dates[Key(kind: failure.kind, sentence: failure.message), default: []].append(result.startedAt)
        }
        return dates.compactMap { key, dates in
            guard let first = dates.first, let last = dates.last else { return nil }
            return FailureGroup(kind: key.kind, sentence: key.sentence, count: dates.count, first: first, last: last)
        }.sorted { ($1.count, $0.first, $0.sentence) < ($0.count, $1.first, $1.sentence) }
    }
}
