/// How a Control Server chooses among its RMBT servers.
public enum ServerSelection: String, Sendable, CaseIterable {
    /// The one that the client names; without a name the first of the list that has room.
    case name
    /// The one with the smallest share of its places taken.
    case load
    /// One after the other.
    case roundRobin = "round-robin"
}
