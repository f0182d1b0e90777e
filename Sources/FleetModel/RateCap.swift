/// What a test kept one of its directions below, on purpose.
public enum RateCap: Sendable, Equatable, Codable {
    /// The run is older than the record of it, or comes from elsewhere.
    case unknown
    /// As fast as it went.
    case none
    case limited(BitRate)

    /// The cap of a recipe's directions.
    public init(_ recipe: ProbeRecipe) {
        guard case .btest(let btest) = recipe, let rate = btest.rate else {
            self = .none
            return
        }
        self = .limited(rate)
    }

    /// Whether no run under this cap can meet the plan: it paces itself to at most ``PlanRule/share`` of the plan. A cap of exactly that
    /// much measures a hair less.
    public func hides(_ plan: BitRate, share: Double = PlanRule.share) -> Bool {
        guard case .limited(let cap) = self else { return false }
        return cap.bitsPerSecond <= plan.bitsPerSecond * share
    }
}

extension RateCap {
    /// nil where there is none or it is not known.
    public var bitsPerSecond: Double? {
        guard case .limited(let rate) = self else { return nil }
        return rate.bitsPerSecond
    }
}
