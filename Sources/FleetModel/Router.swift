/// A MikroTik router, or anything else that answers btest.
public struct Router: Sendable, Equatable {
    /// Host name or IP literal, without brackets.
    public let address: String
    /// TCP port of its bandwidth server, 1 … 65535; 2000 by default.
    public let port: Int
    /// Name of its credential in ``Fleet/credentials``; nil tests without a login.
    public let credential: String?
    /// The weakest authentication to accept from it; nil accepts what it offers.
    public let requiredAuthentication: AuthenticationMethod?
    /// nil takes whichever version the name has.
    public let ipVersion: IPVersion?

    public init(
        address: String, port: Int = 2000, credential: String? = nil,
        requiredAuthentication: AuthenticationMethod? = nil, ipVersion: IPVersion? = nil
    ) {
        self.address = address
        self.port = port
        self.credential = credential
        self.requiredAuthentication = requiredAuthentication
        self.ipVersion = ipVersion
    }
}
