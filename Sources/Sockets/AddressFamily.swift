import Glibc

/// Which version of IP a connection may use.
public enum AddressFamily: Sendable, Equatable {
    case any, ipv4, ipv6

    var systemValue: CInt {
        switch self {
        case .any: AF_UNSPEC
        case .ipv4: AF_INET
        case .ipv6: AF_INET6
        }
    }
}
