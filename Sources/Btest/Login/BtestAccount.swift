import ECSRP5
import ServerLimits

/// What a server knows of one user.
///
/// A user who is unknown, disabled or at an address that is not allowed hears what a wrong password hears.
public struct BtestAccount: Sendable, Hashable {
    /// For a login with EC-SRP5; nil lets nobody log in that way.
    public var verifier: Verifier?
    /// For a login with MD5, whose proof needs the password itself; nil lets nobody log in that way.
    public var md5Password: String?
    public var isEnabled: Bool
    /// Where the user may come from; empty for everywhere.
    public var allowedNetworks: [AddressRange]
    /// Rules of this user's own: each takes the place of the server's rule for the same period and direction, and
    /// `Int64.max` bytes lift it.
    public var quotas: [QuotaRule]
    /// bit/s for each direction of a test; the lower one of this and the server's limit holds. nil for no limit of its own.
    public var maxBitsPerSecond: Double?
    /// Tests of this user at once; nil for no limit of its own.
    public var maxSessions: Int?

    public init(
        verifier: Verifier? = nil, md5Password: String? = nil, isEnabled: Bool = true,
        allowedNetworks: [AddressRange] = [], quotas: [QuotaRule] = [], maxBitsPerSecond: Double? = nil,
        maxSessions: Int? = nil
    ) {
        self.verifier = verifier
        self.md5Password = md5Password
        self.isEnabled = isEnabled
        self.allowedNetworks = allowedNetworks
        self.quotas = quotas
        self.maxBitsPerSecond = maxBitsPerSecond
        self.maxSessions = maxSessions
    }

    /// Why the user may not log in from an address however well it proves itself; nil when it may.
    ///
    /// - Parameter address: nil when it is not known, and then only a user without ``allowedNetworks`` may.
    func obstacle(from address: IPAddress?) -> BtestLoginFailure? {
        guard isEnabled else { return .disabled }
        guard !allowedNetworks.isEmpty else { return nil }
        guard let address, allowedNetworks.contains(where: { $0.contains(address) }) else { return .addressNotAllowed }
        return nil
    }
}

/// Secrets are not for logs.
extension BtestAccount: CustomStringConvertible, CustomReflectable {
    public var description: String { isEnabled ? "<btest account>" : "<disabled btest account>" }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
