import Glibc

/// Whether this process may send echo requests, found without the code under test.
enum PingPermission {
    static let isGranted = canOpen(AF_INET, CInt(IPPROTO_ICMP))
    static let isGrantedForIPv6 = canOpen(AF_INET6, CInt(IPPROTO_ICMPV6))

    private static func canOpen(_ family: CInt, _ transport: CInt) -> Bool {
        // By the group's admission, or by the privilege to open raw sockets.
        for kind in [SOCK_DGRAM, SOCK_RAW] {
            let descriptor = socket(family, CInt(kind.rawValue), transport)
            guard descriptor >= 0 else { continue }
            close(descriptor)
            return true
        }
        return false
    }
}
