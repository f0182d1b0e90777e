/// Which bytes a quota counts, as the server sees them.
public enum QuotaDirection: String, Sendable, Hashable, CaseIterable {
    /// What the server received: a client's upload.
    case received = "in"
    /// What the server sent: a client's download.
    case sent = "out"
    case combined
}
