/// A recipe under `probes:` in the fleet file.
public struct ProbeSpec: Sendable, Equatable {
    public let name: String
    public let recipe: ProbeRecipe

    public init(name: String, recipe: ProbeRecipe) {
        self.name = name
        self.recipe = recipe
    }

    public var kind: ProbeKind {
        switch recipe {
        case .btest: .btest
        case .rmbt: .rmbt
        case .latency: .latency
        }
    }
}

/// The kinds of probe, as the results name them.
public enum ProbeKind: String, Sendable, CaseIterable, Codable {
    case btest, rmbt, latency

    /// Whether the probe fills a link and so must not share it with another.
    public var isThroughputTest: Bool { self != .latency }
}

/// Which way data flows, seen from the agent: a download comes to it.
public enum TransferDirection: String, Sendable, CaseIterable {
    case download, upload, both
}
