import Files
import FleetModel
import Foundation
import Logging
import NIOCore
import NIOPosix
import Scheduler

/// The Unix socket beside the store through which `probe now` asks a running agent for a test: one line of JSON each way.
package struct ControlSocket: Sendable {
    /// What `probe now` asks for.
    struct Request: Codable, Sendable {
        let target: String
        let probe: String
        /// Seconds to wait for an opening.
        let patience: Double
    }

    /// What the agent answers; the result itself is in the store, if it could be kept in time.
    struct Answer: Codable, Sendable, Equatable {
        var runID: UUID?
        /// Instead of its id: the result itself, which the store could not keep in time.
        var unstored: ProbeResult?
        var busy: String?
        var impossible: String?
        /// The process that has not loaded the target or the probe.
        var unknownTo: Int32?
    }

    private let storePath: String
    private let logger: Logger

    package init(storePath: String, logger: Logger) {
        self.storePath = storePath
        self.logger = logger
    }

    /// Bytes of the longest question, and of the longest answer: a result that could not be kept comes with its samples.
    private static let longestQuestion = 4096
    private static let longestAnswer = 4 << 20
    /// What a Unix socket's address has room for.
    private static let longestPath = 107

    var path: String { storePath + ".agent" }

    /// Answers until the task is cancelled. An agent without its socket still runs its schedule, and says so.
    package func serve(_ control: ScheduleControl) async {
        guard path.utf8.count <= Self.longestPath else {
            return logger.warning(
                "the path of the store is too long for a socket beside it: `probe now` must wait for its end")
        }
        // The agent's lock is held: a socket that lies here belongs to no living agent.
        unlink(path)
        do {
            let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .childChannelOption(.autoRead, value: false)
                .bind(try Self.boundSocket(at: path)) { channel in
                    // An NIOAsyncChannel that nobody takes would trap: it is made for those that are taken.
                    channel.eventLoop.makeSucceededFuture(channel)
                }
            defer { unlink(path) }
            try await server.executeThenClose { clients in
                try await withThrowingDiscardingTaskGroup { group in
                    for try await client in clients {
                        group.addTask { await self.answer(client, control) }
                    }
                }
            }
        } catch is CancellationError {
        } catch {
            let reason = (error as? IOError).map { SystemError.words($0.errnoCode) } ?? SystemError.words(error)
            logger.error("the socket \(path) does not work, `probe now` cannot reach this agent: \(reason)")
        }
    }

    /// A socket of that name which this user alone can reach, from its first instant.
    ///
    /// Linux gives the name the mode that the socket has when it is bound, less the umask (unix(7)). So no umask need be changed, which
    /// would hold for the files of all threads.
    private static func boundSocket(at path: String) throws -> NIOBSDSocket.Handle {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw IOError(errnoCode: errno, reason: "socket") }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes.prefix(longestPath)) }
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let isBound =
            fchmod(descriptor, 0o600) == 0
            && withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) == 0 }
            }
        guard isBound else {
            let code = errno
            close(descriptor)
            throw IOError(errnoCode: code, reason: "bind")
        }
        return descriptor
    }

    private func answer(_ channel: any Channel, _ control: ScheduleControl) async {
        do {
            let client = try await channel.eventLoop.submit {
                try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
            }.get()
            try await client.executeThenClose { inbound, outbound in
                try await channel.setOption(.autoRead, value: true).get()
                guard
                    let request = try await Self.line(inbound, limit: Self.longestQuestion).flatMap({
                        try? JSONDecoder().decode(Request.self, from: $0)
                    })
                else { return }
                logger.info("test asked for", metadata: ["target": "\(request.target)", "probe": "\(request.probe)"])
                let answer = await Self.outcome(of: request, control)
                try await outbound.write(ByteBuffer(bytes: JSONEncoder().encode(answer) + [UInt8(ascii: "\n")]))
            }
        } catch {
            logger.debug("a client of the control socket left: \(error)")
        }
    }

    private static func outcome(of request: Request, _ control: ScheduleControl) async -> Answer {
        let patience = Duration.seconds(min(max(request.patience, 0), 3600))
        let outcome = await withCheckedContinuation { continuation in
            control.runNow(target: request.target, probe: request.probe, patience: patience) {
                continuation.resume(returning: $0)
            }
        }
        return switch outcome {
        case .done(let result, isStored: true): Answer(runID: result.runID)
        case .done(let result, isStored: false): Answer(unstored: result.asKept)
        case .busy(let sentence): Answer(busy: sentence)
        case .unknown: Answer(unknownTo: getpid())
        case .impossible: Answer(impossible: "the running agent is stopping")
        }
    }

    private static func line(_ inbound: NIOAsyncChannelInboundStream<ByteBuffer>, limit: Int) async throws -> Data? {
        var line = Data()
        for try await piece in inbound {
            line.append(contentsOf: piece.readableBytesView)
            if let end = line.firstIndex(of: UInt8(ascii: "\n")) { return line[..<end] }
            guard line.count <= limit else { return nil }
        }
        return nil
    }

    // MARK: The other end

    /// Asks the agent and waits for its answer; nil when there is no agent to ask.
    static func ask(_ request: Request, storePath: String) async throws -> Answer? {
        let path = storePath + ".agent"
        guard path.utf8.count <= longestPath, FileManager.default.fileExists(atPath: path) else { return nil }
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(unixDomainSocketPath: path) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        // From here on the agent may have begun: asking anybody else could test twice.
        let answer = try? await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(bytes: JSONEncoder().encode(request) + [UInt8(ascii: "\n")]))
            return try await line(inbound, limit: longestAnswer).map { try JSONDecoder().decode(Answer.self, from: $0) }
        }
        return answer ?? Answer(impossible: "the agent stopped before it answered; `probe runs` shows what it recorded")
    }
}
