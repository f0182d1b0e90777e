import Logging
import ServerLimits
import Sockets
import Synchronization

/// Tells the log and the events' subscriber what happens at a server.
final class BtestServerRecord: Sendable {
    private let events: @Sendable (BtestServerEvent) -> Void
    private let logger: Logger
    private let drops = Mutex(DropTally())

    init(events: @escaping @Sendable (BtestServerEvent) -> Void, logger: Logger) {
        self.events = events
        self.logger = logger
    }

    /// A flood of connections must not become a flood of lines: one a second is told.
    func dropped(_ source: SourceAddress, _ drop: ConnectionGate.Drop, at now: Int64 = MonotonicClock.now()) {
        guard let untold = drops.withLock({ $0.dropped(at: now) }) else { return }
        logger.notice(
            "connection dropped",
            metadata: ["peer": "\(source)", "reason": "\(drop)", "untold": .stringConvertible(untold)])
        events(.connectionDropped(source: source.description, reason: drop.description, untold: untold))
    }

    func refused(_ host: String, port: Int?, userName: String?, _ refusal: BtestRefusal) {
        logger.notice("test refused", metadata: ["peer": "\(host)", "reason": "\(refusal)"])
        let peer = ListenAddress.text(host: host, port: port)
        if case .login(let name, let failure) = refusal {
            events(.loginFailed(peer: peer, userName: name, failure: failure))
        } else {
            events(.refused(peer: peer, userName: userName, refusal: refusal))
        }
    }

    func left(_ peer: String, error: (any Error)?) {
        logger.debug(
            "the peer left within its handshake",
            metadata: ["peer": "\(peer)", "error": "\(error.map { "\($0)" } ?? "-")"]
        )
    }

    func started(_ test: BtestServerTest) {
        logger.info("test started", metadata: test.metadata)
        events(.testStarted(test.ticket.description))
    }

    func ended(_ test: BtestServerTest, _ result: BtestServedTestResult) {
        logger.info(
            "test ended",
            metadata: test.metadata.merging([
                "received_bytes": .stringConvertible(result.bytesReceived),
                "sent_bytes": .stringConvertible(result.bytesSent),
                "seconds": .stringConvertible((result.seconds * 100).rounded() / 100), "reason": "\(result.reason)",
            ]) { $1 })
        events(.testEnded(test.ticket.description, result))
    }
}
