import CSocket

/// How many descriptors this process may have open.
public enum DescriptorLimit {
    /// Raises the limit to what the system grants: the usual 1024 are fewer than a server's sessions may need.
    public static func raise() {
        csocket_raise_descriptor_limit()
    }
}
