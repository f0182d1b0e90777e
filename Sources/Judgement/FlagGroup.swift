import FleetModel

/// One remark and how many runs of a target it was made of.
package struct FlagGroup: Sendable, Equatable {
    package let flag: String
    package let count: Int

    /// The most frequent first.
    package static func groups(of results: [ProbeResult]) -> [FlagGroup] {
        var counts: [String: Int] = [:]
        for result in results {
            for flag in Set(result.flags) { counts[flag, default: 0] += 1 }
        }
        return counts.map { FlagGroup(flag: $0, count: $1) }.sorted { ($1.count, $0.flag) < ($0.count, $1.flag) }
    }
}
