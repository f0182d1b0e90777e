import Foundation
import Sockets
import Synchronization
import Testing
import TestSupport
import Transfer

@testable import RMBT

/// What a client makes of servers that are broken, slow or lie.
@Suite(.usesSockets) struct LyingServerTests {
    typealias Outcome = RMBTClientHandler.Outcome

    /// What a busy machine may add to a deadline, in seconds.
    static let slack = 2.5
    static let silence: @Sendable (RawPeer) -> Void = { $0.drain() }

    static func configuration(_ port: Int, connections: Int = 1) -> RMBTClient.Configuration {
        RMBTClient.Configuration(
            host: "127.0.0.1", port: port, tls: nil, token: "t", connections: connections, pretestDuration: .zero,
            duration: .milliseconds(20), pings: 1, connectTimeout: .seconds(5))
    }

    static func run(_ dialogue: ScriptedDialogue) async throws -> RMBTMeasurement {
        try await ScriptedServer.with({ dialogue($0) }, { await RMBTClient(configuration($0)).run() })
    }

    /// Connects, lets the server take a token within `timeout` seconds, and does one thing more.
    static func operate(
        _ script: @escaping @Sendable (RawPeer) -> Void, timeout: Double = 5,
        mark: LowWaterMark = SocketDrain.mark,
        _ operation: @Sendable (RMBTConnection) async -> Outcome = { _ in Outcome() }
    ) async throws -> (Outcome, seconds: Double) {
        try await ScriptedServer.with(script) { port in
            let socket = await DataThread.run("connect") {
                StreamConnector.connect(
                    host: "127.0.0.1", port: port, stop: StopSignal(), until: MonotonicClock.now() + 2_000_000_000)
            }
            let began = MonotonicClock.now()
            let (connection, opened) = await RMBTConnection.open(
                try socket.get(), tls: nil, serverName: nil, token: "t", timeout: timeout, mark: mark)
            guard let connection else { return (opened, Double(MonotonicClock.now() - began) * 1e-9) }
            let operated = MonotonicClock.now()
            let outcome = await operation(connection)
            let seconds = Double(MonotonicClock.now() - operated) * 1e-9
            connection.close()
            return (outcome.error == nil && outcome.completion == nil ? opened : outcome, seconds)
        }
    }

    @Test func `the scripted server is an honest one as long as nothing is changed`() async throws {
        let measurement = try await Self.run(ScriptedDialogue())
        #expect(measurement.error == nil)
        #expect(measurement.serverVersion == "RMBTv1.3.5")
        #expect(measurement.pings.map(\.server) == [100])
        #expect(measurement.download?.bytes == 8192)
        #expect(measurement.upload?.connections.first?.first == TransferTuple(nanoseconds: 5, bytes: 4096))
        #expect(measurement.upload?.connections.first?.last?.nanoseconds == 100_000)
    }

    // MARK: Ends

    @Test(
        .serialized,
        arguments: [
            (0, RMBTError.closed(step: "its greeting")), (1, .closed(step: "its request for a token")),
            (2, .tokenRejected),
            (3, .closed(step: "its chunk sizes")), (4, .closed(step: "its readiness for a command")),
            (5, .closed(step: "PONG")), (6, .closed(step: "TIME")), (7, .closed(step: "its readiness for a command")),
            (8, .closed(step: "the rest of the chunks")), (9, .interrupted(phase: "download")),
            (12, .closed(step: "OK for an upload")), (13, .closed(step: "TIME for the upload")),
        ])
    func `a server that closes is told by the step at which it does`(replies: Int, error: RMBTError) async throws {
        let script = ScriptedDialogue(
            replies: replies,
            ending: {
                // To close with unread data would be a reset, and what was said last would be lost.
                $0.shutDownSending()
                $0.drain()
            })
        let measurement = try await Self.run(script)
        #expect(measurement.error == error)
        #expect(!measurement.hasUnconfirmedEnd)
    }

    /// Behind the last chunk of a download, and behind the time of an upload.
    @Test(.serialized, arguments: [10, 11, 14, 15])
    func `a server that closes instead of confirming an end has been measured`(replies: Int) async throws {
        let script = ScriptedDialogue(
            replies: replies,
            ending: {
                $0.shutDownSending()
                $0.drain()
            })
        let measurement = try await Self.run(script)
        #expect(measurement.error == nil)
        #expect(measurement.hasUnconfirmedEnd)
        #expect(measurement.download?.bytes == 8192)
        #expect(measurement.upload?.bytes ?? 0 > 0)
    }

    /// The server's last words can come before this side's own timer for the end of the upload.
    @Test func `an upload whose last chunk is answered counts before any timer of its end fires`() async throws {
        let script = ScriptedDialogue(
            replies: 8,
            ending: {
                $0.shutDownSending()
                $0.drain()
            })
        let (outcome, _) = try await Self.operate({ script($0) }) {
            await $0.upload(
                .init(chunkSize: 4096, ending: .seconds(0.02), duration: 5_000_000_000), timeout: 10,
                reports: .during, origin: 0, meter: nil)
        }
        #expect(outcome.error == .closed(step: "its readiness for a command"))
        #expect(outcome.isPastTime)
        #expect(outcome.tuples.count == 2)
        #expect(outcome.tuples.last?.nanoseconds == 100_000)
        #expect(outcome.bytes > 4096)
    }

    @Test(
        .serialized,
        arguments: [
            (2, RMBTError.tokenRejected), (5, .closed(step: "PONG")),
            (8, .closed(step: "the rest of the chunks")), (12, .closed(step: "OK for an upload")),
        ])
    func `a server that resets the connection is one that closes it`(replies: Int, error: RMBTError) async throws {
        let script = ScriptedDialogue(replies: replies, ending: { $0.reset() })
        let measurement = try await Self.run(script)
        #expect(measurement.error == error)
    }

    @Test(arguments: [
        (0, "its greeting"), (1, "its request for a token"), (2, "an answer to the token"), (3, "its chunk sizes"),
        (4, "its readiness for a command"),
    ])
    func `a server that falls silent before a command is told by the step`(replies: Int, step: String) async throws {
        let script = ScriptedDialogue(replies: replies, ending: Self.silence)
        let (outcome, seconds) = try await Self.operate({ script($0) }, timeout: 2)
        #expect(outcome.error == .silent(step: step, seconds: 2))
        #expect(seconds < 2 + Self.slack)
    }

    @Test(arguments: [(5, "PONG"), (6, "TIME"), (7, "its readiness for a command")])
    func `a server that falls silent in a ping is told by the step`(replies: Int, step: String) async throws {
        let script = ScriptedDialogue(replies: replies, ending: Self.silence)
        let (outcome, seconds) = try await Self.operate({ script($0) }) { await $0.ping(timeout: 2) }
        #expect(outcome.error == .silent(step: step, seconds: 2))
        #expect(seconds < 2 + Self.slack)
    }

    @Test(arguments: [(5, "the rest of the chunks"), (6, "the rest of the chunks"), (7, "TIME")])
    func `a server that falls silent in a download is told by the step`(replies: Int, step: String) async throws {
        let script = ScriptedDialogue(replies: replies, ending: Self.silence)
        let (outcome, seconds) = try await Self.operate({ script($0) }) {
            await $0.download(duration: 0, size: 4096, grace: 2, origin: MonotonicClock.now(), meter: nil)
        }
        #expect(outcome.error == .silent(step: step, seconds: 2))
        #expect(outcome.bytes == Int64(replies - 5) * 4096)
        #expect(seconds < 2 + Self.slack)
    }

    private static let shortUpload = RMBTClientHandler.Upload(
        chunkSize: 4096, ending: .seconds(0.1), duration: 100_000_000)

    @Test func `a server that never reports on an upload is silent after the waits of the specification`() async throws
    {
        let script = ScriptedDialogue(replies: 6, ending: Self.silence)
        let (outcome, seconds) = try await Self.operate({ script($0) }) {
            await $0.upload(Self.shortUpload, timeout: 10, reports: .during, origin: 0, meter: nil)
        }
        #expect(outcome.error == .silent(step: "TIME for the upload", seconds: 3.1))
        #expect((3.2..<3.2 + Self.slack).contains(seconds))
    }

    @Test func `reports without a final time are a result, a tenth of a second after the time`() async throws {
        let script = ScriptedDialogue(replies: 7, ending: Self.silence)
        let (outcome, seconds) = try await Self.operate({ script($0) }) {
            var outcome = await $0.upload(Self.shortUpload, timeout: 10, reports: .during, origin: 0, meter: nil)
            // Tells this outcome apart from that of the connection.
            outcome.completion = .uploaded(serverTime: -1)
            return outcome
        }
        #expect(outcome.error == nil)
        #expect(outcome.tuples == [TransferTuple(nanoseconds: 5, bytes: 4096)])
        #expect((0.2..<0.2 + Self.slack).contains(seconds))
    }

    @Test func `a server that does not read an upload is silent at the deadline`() async throws {
        let (outcome, seconds) = try await Self.operate(
            { peer in
                var opening = ScriptedDialogue(replies: 5)
                opening.ending = { peer in
                    peer.send("OK\n")
                    usleep(5_000_000)
                }
                opening(peer)
            }, timeout: 2
        ) {
            await $0.upload(
                .init(chunkSize: 4_194_304, ending: .chunks(100), duration: nil), timeout: 2,
                reports: .none, origin: 0, meter: nil)
        }
        #expect(outcome.error == .silent(step: "TIME for the upload", seconds: 2))
        #expect(seconds < 2 + Self.slack)
    }

    @Test func `a server that answers no ping under load costs a second and nothing else`() async throws {
        let answered = Mutex(0)
        // Phase 3 has one ping; those that follow are beside the download and the upload.
        let dialogue = ScriptedDialogue(
            delay: 0.2,
            answersPing: {
                answered.withLock { count in
                    count += 1
                    return count == 1
                }
            })
        try await ScriptedServer.with({ dialogue($0) }) { port in
            let began = MonotonicClock.now()
            let measurement = await RMBTClient(Self.configuration(port)).run()
            #expect(measurement.error == nil)
            #expect(measurement.pings.count == 1)
            #expect(measurement.pingsDuringDownload.isEmpty && measurement.pingsDuringUpload.isEmpty)
            #expect(measurement.download?.bytes == 8192)
            #expect(answered.withLock { $0 } == 2)
            let seconds = Double(MonotonicClock.now() - began) * 1e-9
            #expect((1.0..<2 + Self.slack).contains(seconds))
        }
    }

    @Test func `a server that has no place for another connection is measured without pings under load`() async throws {
        let connections = Mutex(0)
        let dialogue = ScriptedDialogue(delay: 0.2)
        let first: @Sendable (RawPeer) -> Void = { peer in
            let number = connections.withLock { count in
                count += 1
                return count
            }
            // Whoever comes later is left without a greeting.
            if number == 1 { dialogue(peer) } else { peer.drain() }
        }
        try await ScriptedServer.with(first) { port in
            let began = MonotonicClock.now()
            let measurement = await RMBTClient(Self.configuration(port)).run()
            #expect(measurement.error == nil)
            #expect(measurement.download?.bytes == 8192)
            #expect(!measurement.hasFewerConnections)
            #expect(measurement.pingsDuringDownload.isEmpty)
            #expect(connections.withLock { $0 } == 2)
            #expect(Double(MonotonicClock.now() - began) * 1e-9 < 1.5 + Self.slack)
        }
    }

    // MARK: Between operations

    @Test func `the reason of an end between two operations is told by the next one`() async throws {
        let script = ScriptedDialogue(replies: 5) { $0.send("PONG\n") }
        let (outcome, _) = try await Self.operate(
            { peer in
                var early = script
                early.replies = 5
                early.greeting = "RMBTv1.3.5\n"
                early(peer)
            },
            { connection in
                _ = await connection.ping(timeout: 2)
                return await connection.ping(timeout: 2)
            })
        // The first ping found no TIME; the second must not blame this side.
        #expect(outcome.error == .closed(step: "TIME"))
    }

    // MARK: Versions and slow lines

    @Test(arguments: [
        ("RMBTv0.3\n", "CHUNKSIZE 4096\n", ChunkSizes(initial: 4096, minimum: 4096, maximum: 4096)),
        ("\0RMBTv1.3.5\n", "CHUNKSIZE 4096 4096 4194304\n", .standard),
        ("RMBTv1.6.0\r\n", "CHUNKSIZE 8192 4096 65536\r\n", ChunkSizes(initial: 8192, minimum: 4096, maximum: 65_536)),
    ])
    func `servers of all versions are measured`(greeting: String, line: String, sizes: ChunkSizes) async throws {
        let script = ScriptedDialogue(greeting: greeting, chunkSizes: line)
        let (outcome, _) = try await Self.operate({ script($0) })
        let version = greeting.filter { $0.isLetter || $0.isNumber || $0 == "." }
        #expect(outcome.completion == .connected(version: version, sizes: sizes))
        #expect(try await Self.run(script).error == nil)
    }

    @Test func `connections that the server ends with the download are opened again for the upload`() async throws {
        let connections = Mutex(0)
        let dialogue = ScriptedDialogue(closesAfterDownload: true)
        let server: @Sendable (RawPeer) -> Void = { peer in
            connections.withLock { $0 += 1 }
            dialogue(peer)
        }
        try await ScriptedServer.with(server) { port in
            var configuration = Self.configuration(port)
            configuration.pretestDuration = .milliseconds(20)
            configuration.chunkSize = 4096
            configuration.measuresLatencyUnderLoad = false
            let measurement = await RMBTClient(configuration).run()
            #expect(measurement.error == nil)
            #expect(measurement.download?.bytes == 8192)
            #expect(measurement.upload?.bytes ?? 0 > 0)
            #expect(connections.withLock { $0 } == 2)
        }
    }

    @Test func `a line that carries four chunks or fewer in the pre-test gets one connection`() async throws {
        try await ScriptedServer.with({ ScriptedDialogue(delay: 0.06)($0) }) { port in
            var configuration = Self.configuration(port, connections: 3)
            configuration.pretestDuration = .milliseconds(100)
            configuration.measuresUpload = false
            let measurement = await RMBTClient(configuration).run()
            #expect(measurement.error == nil)
            #expect(measurement.isReducedToOneConnection)
            #expect(!measurement.hasFewerConnections)
            #expect(measurement.download?.connections.count == 1)
        }
    }

    @Test func `a test is stopped at once and keeps what it counted`() async throws {
        let script = ScriptedDialogue(replies: 9, ending: Self.silence)
        try await ScriptedServer.with({ script($0) }) { port in
            let monitor = RMBTMonitor()
            let client = RMBTClient(Self.configuration(port), monitor: monitor)
            let began = MonotonicClock.now()
            let measurement = await withTaskGroup(of: RMBTMeasurement?.self) { group in
                group.addTask { await client.run() }
                while monitor.download.bytes == 0, MonotonicClock.now() - began < 5_000_000_000 {
                    try? await Task.sleep(for: .milliseconds(5))
                }
                let stopped = MonotonicClock.now()
                group.cancelAll()
                let measurement = await group.next() ?? nil
                #expect(Double(MonotonicClock.now() - stopped) * 1e-9 < Self.slack)
                return measurement
            }
            #expect(measurement?.error == .stopped)
            #expect(measurement?.download?.bytes == 4096)
        }
    }
}
