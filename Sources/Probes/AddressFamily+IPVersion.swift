import FleetModel
import Sockets

extension AddressFamily {
    init(_ version: IPVersion?) {
        self =
            switch version {
            case .ipv4?: .ipv4
            case .ipv6?: .ipv6
            case nil: .any
            }
    }
}
