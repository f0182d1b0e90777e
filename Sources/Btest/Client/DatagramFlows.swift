import Sockets
import Transfer

/// Which of a UDP test's flows a datagram belongs to, and where the server sends each (docs/protocols/btest.md, UDP transfer).
///
/// The client's ports are known beforehand, P + 256 and those after it, unless a NAT on the way changed them: then the first datagram from a
/// new port of the client's address tells. Other addresses are strangers.
struct DatagramFlows: Sendable {
    private struct Flow {
        var source: PeerAddress
        /// When a datagram came from it last; nil as long as none did.
        var heardAt: Int64?
        /// Whether nothing is sent there.
        var isParked = false
    }

    private var flows: [Flow]
    private let targets: DatagramTargets
    private var firstHeardAt: Int64?

    /// A flow that was silent for so long may have moved to another port.
    private static let silence: Int64 = 1_000_000_000

    /// - Parameters:
    ///   - sources: where the flows are expected from.
    ///   - targets: follows the flows for the sender.
    init(sources: [PeerAddress], targets: DatagramTargets) {
        flows = sources.map { Flow(source: $0) }
        self.targets = targets
    }

    /// The flow of a datagram; nil for a stranger's.
    ///
    /// - Parameters:
    ///   - length: bytes of payload; 0 for a probe that only opens the way.
    ///   - sequence: nil where the datagram is too short to have one.
    mutating func flow(of source: PeerAddress, length: Int, sequence: UInt32?, at now: Int64) -> Int? {
        if let index = flows.firstIndex(where: { $0.source == source }) {
            heard(index, at: now)
            return index
        }
        // Numbering begins anywhere, so no number tells a stranger.
        guard let expected = flows.first?.source, source.isSameHost(as: expected), length == 0 || sequence != nil,
            let index = flows.firstIndex(where: { $0.heardAt.map { now - $0 > Self.silence } ?? true })
        else { return nil }
        flows[index] = Flow(source: source)
        targets.move(index, to: source)
        heard(index, at: now)
        return index
    }

    /// A client that sends from some of its ports and a second later not yet from the others has not opened those: what would go there
    /// is lost, and the loss would slow down the rest. Until one is heard of, all are believed in.
    private mutating func heard(_ index: Int, at now: Int64) {
        if flows[index].isParked {
            flows[index].isParked = false
            targets.move(index, to: flows[index].source)
        }
        flows[index].heardAt = now
        let began = firstHeardAt ?? now
        firstHeardAt = began
        guard now - began > Self.silence else { return }
        for other in flows.indices where flows[other].heardAt == nil && !flows[other].isParked {
            flows[other].isParked = true
            targets.move(other, to: flows[other].source.withPort(0))
        }
    }
}
