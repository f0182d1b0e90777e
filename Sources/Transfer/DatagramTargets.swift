import Sockets
import Synchronization

/// Where an unconnected sender's datagrams go: one address for each flow, which may change while it sends.
public final class DatagramTargets: Sendable {
    private let addresses: Mutex<[PeerAddress]>
    private let generation = Atomic<Int>(0)

    public init(_ addresses: [PeerAddress]) {
        self.addresses = Mutex(addresses)
    }

    /// Counts the changes: a sender reads the addresses anew when it differs.
    public var version: Int { generation.load(ordering: .acquiring) }

    public var current: [PeerAddress] { addresses.withLock { $0 } }

    /// Sends the flow `index` to another address from now on; an index that is no flow changes nothing.
    public func move(_ index: Int, to address: PeerAddress) {
        addresses.withLock { addresses in
            guard addresses.indices.contains(index) else { return }
            addresses[index] = address
        }
        generation.wrappingAdd(1, ordering: .releasing)
    }
}
