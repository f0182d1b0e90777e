import Glibc

/// Whether this process may send echo requests, found without the code under test.
enum PingPermission {
    static let isGranted = canOpen(AF_INET, CInt(IPPROTO_ICMP))
    static let isGrantedForIPv6 = canOpen(AF_INET6, CInt(IPPROTO_ICMPV6))

    private static func canOpen(_ family: CInt, _ transport: CInt) -> Bool {
        let descriptor = socket(family, CInt(SOCK_DGRAM.rawValue), transport)
        guard descriptor >= 0 else { return false }
        close(descriptor)
        return true
    }
}
