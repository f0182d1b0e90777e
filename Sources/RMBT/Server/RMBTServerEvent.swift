/// Something that happened at a server, for those who keep a record of it.
public enum RMBTServerEvent: Sendable, Equatable {
    /// A connection was closed before it could say anything; at most one a second is told.
    ///
    /// - Parameters:
    ///   - source: an IPv4 address, or the /64 of an IPv6 address.
    ///   - untold: connections that were dropped since the last such event.
    case connectionDropped(source: String, reason: String, untold: Int)
    /// A connection was closed before it had a place.
    ///
    /// - Parameter keyLabel: of the key that signed its token; nil where none did.
    case refused(peer: String, keyLabel: String?, refusal: RMBTRefusal)
    /// A connection that had a place was closed, and not by its client.
    case ended(peer: String, keyLabel: String?, refusal: RMBTRefusal)
}
