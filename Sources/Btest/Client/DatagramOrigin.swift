import Sockets

/// The ports from which a server's datagrams reach one of a client's ports, each a flow with numbers of its own.
///
/// RouterOS may send from another port than the one it named, and a NAT may change it, also during the test: so whatever comes from the
/// server's address counts (docs/protocols/btest.md, UDP transfer). Other addresses are strangers.
struct DatagramOrigin: Sendable {
    private struct Flow {
        var source: PeerAddress
        var heardAt: Int64
    }

    private let server: PeerAddress
    private var flows: [Flow] = []

    /// More ports than any server sends from to one of ours: a flow costs memory.
    static let mostFlows = 16
    /// A flow that was silent for so long may have moved to another port.
    private static let silence: Int64 = 1_000_000_000

    /// - Parameter server: the server's address, with whatever port.
    init(server: PeerAddress) {
        self.server = server
    }

    /// The flow of a datagram, 0 ..< ``mostFlows``; nil for a stranger's.
    ///
    /// - Parameters:
    ///   - sequence: nil where the datagram is too short to have one.
    ///   - now: an instant of ``MonotonicClock``.
    mutating func flow(of source: PeerAddress, sequence: UInt32?, at now: Int64) -> Int? {
        guard source.isSameHost(as: server) else { return nil }
        if let known = flows.firstIndex(where: { $0.source.port == source.port }) {
            flows[known].heardAt = now
            return known
        }
        guard sequence != nil else { return nil }
        let flow = Flow(source: source, heardAt: now)
        if flows.count < Self.mostFlows {
            flows.append(flow)
            return flows.count - 1
        }
        guard let silent = flows.firstIndex(where: { now - $0.heardAt > Self.silence }) else { return nil }
        flows[silent] = flow
        return silent
    }
}
