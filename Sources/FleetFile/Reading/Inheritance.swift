/// Settings are inherited: defaults, then the group, then the target. A map merges key by key, a scalar or list
/// replaces.
enum Inheritance {
    /// `far` with what `near` says laid over it.
    static func overlay(_ far: [SourceEntry], with near: [SourceEntry]) -> [SourceEntry] {
        guard !far.isEmpty else { return near }
        var result = near
        let places = Dictionary(near.enumerated().map { ($1.key, $0) }, uniquingKeysWith: { first, _ in first })
        for entry in far {
            if let index = places[entry.key] {
                let nearEntry = near[index]
                result[index] = SourceEntry(
                    key: nearEntry.key, keyPosition: nearEntry.keyPosition,
                    value: merge(entry.value, with: nearEntry.value, key: entry.key))
            } else {
                result.append(entry)
            }
        }
        return result
    }

    private static func merge(_ far: SourceNode, with near: SourceNode, key: String) -> SourceNode {
        guard case .map(var farEntries) = far.content, case .map(let nearEntries) = near.content else { return near }
        if key == "schedule" {
            // `every` and `cron` exclude one another: naming one replaces the other, and what belongs to it.
            if nearEntries.contains(where: { $0.key == "every" }) {
                farEntries.removeAll { $0.key == "cron" || $0.key == "spread" }
            }
            if nearEntries.contains(where: { $0.key == "cron" }) {
                farEntries.removeAll { $0.key == "every" }
            }
        }
        return SourceNode(position: near.position, content: .map(overlay(farEntries, with: nearEntries)))
    }
}
