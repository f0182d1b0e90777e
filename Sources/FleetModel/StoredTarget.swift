/// What the store last knew of a target, also after it left the fleet file.
public struct StoredTarget: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
        case router, server
    }

    public let name: String
    /// nil for a target that no fleet file named, such as an address given to `probe now`.
    public let kind: Kind?
    public let address: String?
    public let group: String?
    public let tags: [String: String]
    public let plan: Target.Plan?
    /// Whether the fleet file that was loaded last names it.
    public let isInFleet: Bool

    public init(
        name: String, kind: Kind?, address: String?, group: String?, tags: [String: String], plan: Target.Plan?,
        isInFleet: Bool
    ) {
        self.name = name
        self.kind = kind
        self.address = address
        self.group = group
        self.tags = tags
        self.plan = plan
        self.isInFleet = isInFleet
    }

    /// A target as the fleet file that is loaded names it.
    public init(_ target: Target) {
        let kind: Kind =
            switch target.system {
            case .router: .router
            case .server: .server
            }
        self.init(
            name: target.name, kind: kind, address: target.addressText, group: target.group, tags: target.tags,
            plan: target.plan, isInFleet: true)
    }
}
