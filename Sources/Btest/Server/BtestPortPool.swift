import Sockets
import Synchronization

/// The UDP ports of a server's tests (docs/protocols/btest.md, UDP transfer; RouterOS calls the first of them
/// `allocate-udp-ports-from`).
///
/// A port is taken as long as its socket is open, so it comes back by itself. They are taken in turn: what is still under way of one test does
/// not reach the next.
final class BtestPortPool: Sendable {
    private let ports: ClosedRange<UInt16>
    private let offload: Bool
    private let next: Mutex<Int>

    init(ports: ClosedRange<UInt16>, offload: Bool) {
        self.ports = ports
        self.offload = offload
        next = Mutex(0)
    }

    /// Opens a socket on the next free port.
    ///
    /// - Parameter local: the address that the client speaks to: answers must come from it.
    /// - Returns: nil when every port is in use.
    func open(on local: PeerAddress) -> DatagramSocket? {
        let start = next.withLock { $0 }
        for step in 0..<ports.count {
            let index = (start + step) % ports.count
            guard let port = UInt16(exactly: Int(ports.lowerBound) + index) else { continue }
            if case .success(let socket) = DatagramSocket.bound(to: local.withPort(port), offload: offload) {
                next.withLock { $0 = (index + 1) % ports.count }
                return socket
            }
        }
        return nil
    }
}
