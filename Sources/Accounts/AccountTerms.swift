import ServerLimits

/// What a user of the server may do.
public struct AccountTerms: Sendable, Equatable {
    /// A user who is not enabled cannot log in, and meets what an unknown name meets.
    public var isEnabled: Bool
    /// From where the user may come; empty: from anywhere.
    public var allowedNetworks: [AddressRange]
    /// The user's own quotas, each in place of the server's for the same period and direction.
    public var quotas: [QuotaRule]
    /// bit/s for each direction of a test; nil: what the server allows.
    public var maxBitsPerSecond: Double?
    /// Tests at once; nil: what the server allows.
    public var maxSessions: Int?

    public init(
        isEnabled: Bool = true, allowedNetworks: [AddressRange] = [], quotas: [QuotaRule] = [],
        maxBitsPerSecond: Double? = nil, maxSessions: Int? = nil
    ) {
        self.isEnabled = isEnabled
        self.allowedNetworks = allowedNetworks
        self.quotas = quotas
        self.maxBitsPerSecond = maxBitsPerSecond
        self.maxSessions = maxSessions
    }

    /// Puts `rule` in the place of the one for its period and direction; nil bytes take that one away.
    public mutating func setQuota(_ period: QuotaPeriod, _ direction: QuotaDirection, bytes: Int64?) {
        quotas.removeAll { $0.period == period && $0.direction == direction }
        if let bytes { quotas.append(QuotaRule(period, direction, bytes: bytes)) }
        quotas.sort { Self.order($0) < Self.order($1) }
    }

    /// By period and then by direction, in the order in which these are declared.
    static func order(_ rule: QuotaRule) -> Int {
        let period = QuotaPeriod.allCases.firstIndex(of: rule.period) ?? 0
        let direction = QuotaDirection.allCases.firstIndex(of: rule.direction) ?? 0
        return period * QuotaDirection.allCases.count + direction
    }
}
