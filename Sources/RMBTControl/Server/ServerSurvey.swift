import Foundation
import Logging
import Synchronization

/// Knows which servers answer, and how: a server that does not is not offered.
final class ServerSurvey: Sendable {
    /// Looks at one server; nil where it does not answer as an RMBT server.
    typealias Look = @Sendable (ControlledServer, _ known: ControlledServer.Manner?) async -> ControlledServer.Manner?

    /// From one look at a server that did not answer to the next.
    static let retryInterval = Duration.seconds(5)

    private let servers: [ControlledServer]
    private let interval: Duration
    private let look: Look
    private let logger: Logger
    private let manners = Mutex<[String: ControlledServer.Manner]>([:])

    init(servers: [ControlledServer], interval: Duration, logger: Logger, look: @escaping Look) {
        self.servers = servers
        self.interval = interval
        self.logger = logger
        self.look = look
    }

    /// How a server answered when it was looked at last; nil where it did not.
    func manner(of name: String) -> ControlledServer.Manner? {
        manners.withLock { $0[name] }
    }

    /// Looks at all servers once, at all of them at a time.
    func lookAtAll() async {
        await withTaskGroup(of: Void.self) { group in
            for server in servers { group.addTask { await self.lookAt(server, isFirst: true) } }
        }
    }

    /// Looks at each server again and again until the task is cancelled.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            for server in servers {
                group.addTask {
                    while !Task.isCancelled {
                        let pause =
                            self.manner(of: server.name) == nil ? min(Self.retryInterval, self.interval) : self.interval
                        try? await Task.sleep(for: pause)
                        if !Task.isCancelled { await self.lookAt(server, isFirst: false) }
                    }
                }
            }
        }
    }

    private func lookAt(_ server: ControlledServer, isFirst: Bool) async {
        let before = manner(of: server.name)
        var found = await look(server, before)
        // What was known may have been changed at the server.
        if found == nil, before != nil, !Task.isCancelled { found = await look(server, nil) }
        guard !Task.isCancelled else { return }
        let manner = found
        manners.withLock { $0[server.name] = manner }
        guard isFirst || manner != before else { return }
        if let manner {
            logger.info(
                "server answers",
                metadata: [
                    "server": "\(server.name)", "address": "\(server.addressText)",
                    "type": manner.kind == .classic ? "RMBT" : "RMBThttp", "tls": .stringConvertible(manner.hasTLS),
                ])
        } else {
            logger.warning(
                "server does not answer and is not offered",
                metadata: ["server": "\(server.name)", "address": "\(server.addressText)"])
        }
    }
}
