/// How a host name becomes addresses.
public struct AddressLookup: Sendable {
    private let addresses:
        @Sendable (_ host: String, _ port: Int, AddressFamily, StopSignal?, _ deadline: Int64) -> Result<
            [PeerAddress], ConnectFailure
        >

    /// By the system's resolver.
    public static let system = AddressLookup { host, port, family, stop, deadline in
        NameResolver.resolve(host, port: port, family: family, stop: stop, until: deadline)
    }

    /// - Parameter addresses: blocks its thread until the deadline, an instant of ``MonotonicClock``, at the latest.
    public init(
        _ addresses:
            @escaping @Sendable (_ host: String, _ port: Int, AddressFamily, StopSignal?, _ deadline: Int64) -> Result<
                [PeerAddress], ConnectFailure
            >
    ) {
        self.addresses = addresses
    }

    /// The addresses of a host in the order in which they are to be tried: those first to which this machine has a route.
    ///
    /// - Parameters:
    ///   - host: a name or an IP literal.
    ///   - port: 1 … 65535.
    ///   - stop: gives the lookup up: the failure is ``ConnectFailure/stopped`` then.
    ///   - deadline: an instant of ``MonotonicClock``.
    public func addresses(
        of host: String, port: Int, family: AddressFamily = .any, stop: StopSignal? = nil, until deadline: Int64
    ) -> Result<[PeerAddress], ConnectFailure> {
        addresses(host, port, family, stop, deadline)
    }
}
