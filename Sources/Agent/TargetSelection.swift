import FleetModel

/// Which targets a report is about; nothing named means all.
package struct TargetSelection: Sendable {
    let names: [String]
    let groups: [String]
    /// `key=value`
    let tags: [String]

    package init(names: [String], groups: [String], tags: [String]) {
        self.names = names
        self.groups = groups
        self.tags = tags
    }

    package static let all = TargetSelection(names: [], groups: [], tags: [])

    var isAll: Bool { names.isEmpty && groups.isEmpty && tags.isEmpty }

    package func includes(_ target: Target) -> Bool {
        (names.isEmpty || names.contains(target.name))
            && (groups.isEmpty || target.group.map(groups.contains) ?? false)
            && tags.allSatisfy { tag in
                let parts = tag.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                return parts.count == 2 && target.tags[parts[0]] == parts[1]
            }
    }
}
