import Sockets
import Synchronization
import Testing
import TestSupport

@testable import Btest

/// A client against servers that stop, lie or talk nonsense: it ends in time, and says what it saw.
@Suite(.usesSockets) struct HostileServerTests {
    private static let timeout = 0.3

    private struct Run {
        let measurement: BtestMeasurement
        let seconds: Double
        var error: BtestError? { measurement.error }
    }

    private func run(
        port: Int, _ method: BtestAuthentication = .none, direction: BtestCommand.Direction = .download,
        duration: Duration = .milliseconds(300), connections: Int = 1, randomData: Bool = false
    ) async -> Run {
        let began = MonotonicClock.now()
        let measurement = await BtestClient(
            .init(
                host: "127.0.0.1", port: port, userName: method == .none ? nil : "u", password: "right",
                direction: direction, duration: duration, connections: connections, randomData: randomData,
                handshakeTimeout: .milliseconds(300))
        ).run()
        return Run(measurement: measurement, seconds: Double(MonotonicClock.now() - began) * 1e-9)
    }

    /// Where a server can fail: the login, the messages that it has said before, and what the client waits for then.
    private static let steps: [(BtestAuthentication, Int, String)] = [
        (.none, 0, "its hello"), (.none, 1, "an answer to the test command"), (.md5, 2, "an answer to the login"),
        (.ecSRP5, 2, "its key for the login"), (.ecSRP5, 3, "its proof for the login"),
        (.ecSRP5, 4, "the start of the test"),
    ]

    @Test(arguments: steps)
    func `a server that falls silent is left in time`(
        method: BtestAuthentication, said: Int, step: String
    ) async throws {
        let accounts = try SessionFixtures.accounts(method)
        try await ScriptedServer.with { peer in
            ScriptedServer.beHonest(peer, accounts, messages: said)
            peer.hearOut()
        } _: { port in
            let run = await run(port: port, method)
            #expect(run.error == .silent(step: step, seconds: Self.timeout))
            #expect(run.seconds > 0.29 && run.seconds < 1.3)
        }
    }

    @Test(arguments: steps, [false, true])
    func `a server that closes is told from one that refuses`(
        step: (BtestAuthentication, Int, String), resets: Bool
    ) async throws {
        let (method, said, words) = step
        let accounts = try SessionFixtures.accounts(method)
        try await ScriptedServer.with { peer in
            if resets { peer.resetWhenClosed() }
            ScriptedServer.beHonest(peer, accounts, messages: said)
        } _: { port in
            let run = await run(port: port, method)
            // The known servers close without a word where they do not accept a proof.
            let isProof = (method == .md5 && said == 2) || (method == .ecSRP5 && said == 3)
            #expect(run.error == (isProof ? .authenticationFailed(method) : .closed(step: words)))
            #expect(run.seconds < 1)
        }
    }

    @Test(arguments: steps)
    func `nonsense is told as it came`(method: BtestAuthentication, said: Int, step: String) async throws {
        let accounts = try SessionFixtures.accounts(method)
        try await ScriptedServer.with { peer in
            ScriptedServer.beHonest(peer, accounts, messages: said)
            peer.say([UInt8](repeating: 0xFF, count: 300))
            peer.hearOut()
        } _: { port in
            let detail =
                switch step {
                case "its key for the login": "a message of 255 bytes that is no such key"
                case "its proof for the login": "a message of 255 bytes that is no such proof"
                default: "FF FF FF FF"
                }
            let run = await run(port: port, method)
            #expect(run.error == .violation(step: step, detail: detail))
            #expect(run.error?.description == "Instead of \(step) the server sent \(detail).")
            #expect(run.seconds < 1)
        }
    }

    @Test func `another protocol's greeting is told as it came`() async throws {
        try await ScriptedServer.with { peer in
            peer.say(Array("SSH-2.0-ROSSSH\r\n".utf8))
            peer.hearOut()
        } _: { port in
            #expect(await run(port: port).error == .violation(step: "its hello", detail: "53 53 48 2D"))
        }
    }

    @Test func `drops do not stretch the time of the handshake`() async throws {
        for (bytes, pause, step) in [
            ([1, 0, 0, 0] as [UInt8], Int64(120), "its hello"),
            (
                [1, 0, 0, 0] + BtestAnswer.md5(nonce: SessionFixtures.nonce).encoded, 30,
                "an answer to the test command"
            ),
        ] {
            try await ScriptedServer.with { peer in
                for byte in bytes {
                    peer.say([byte])
                    ScriptedPeer.pause(milliseconds: pause)
                }
            } _: { port in
                let run = await run(port: port, .md5)
                #expect(run.error == .silent(step: step, seconds: Self.timeout))
                #expect(run.seconds < 1.3)
            }
        }
    }

    @Test func `what comes after a too long answer is taken for the next one`() async throws {
        try await ScriptedServer.with { peer in
            peer.say([1, 0, 0, 0] + BtestAnswer.md5(nonce: SessionFixtures.nonce).encoded + [9, 9, 9, 9])
            peer.hearOut()
        } _: { port in
            #expect(
                await run(port: port, .md5).error == .violation(step: "an answer to the login", detail: "09 09 09 09"))
        }
    }

    @Test(arguments: [false, true])
    func `a server that closes in the middle leaves what it sent until then`(resets: Bool) async throws {
        try await ScriptedServer.with { peer in
            ScriptedServer.beHonest(peer, .open)
            if resets { peer.resetWhenClosed() }
            for _ in 0..<4 {
                peer.say([UInt8](repeating: 0, count: 50_000))
                ScriptedPeer.pause(milliseconds: 25)
            }
        } _: { port in
            let run = await run(port: port, duration: .seconds(5))
            // A reset takes back what this side's kernel had not taken yet.
            let bytes = run.measurement.download?.bytes ?? 0
            #expect(resets ? bytes > 0 && bytes <= 200_000 : bytes == 200_000)
            #expect(run.measurement.download?.rate?.bitsPerSecond ?? 0 > 1e6)
            guard case .interrupted(let after, of: 5) = run.error else {
                Issue.record("\(String(describing: run.error))")
                return
            }
            #expect(after > 0 && after < 1)
            #expect(run.seconds < 1.5)
        }
    }

    @Test func `a server that closes before the first byte sent none`() async throws {
        try await ScriptedServer.with { peer in
            ScriptedServer.beHonest(peer, .open)
        } _: { port in
            let run = await run(port: port, duration: .seconds(5))
            #expect(run.error == .closed(step: "data"))
            #expect(run.error?.description == "The server closed the connection instead of sending data.")
            #expect(run.seconds < 1)
        }
    }

    @Test func `a server that never sends is left at the test's end`() async throws {
        try await ScriptedServer.with { peer in
            ScriptedServer.beHonest(peer, .open)
            peer.hearOut()
        } _: { port in
            let run = await run(port: port)
            #expect(run.error == .nothingTransferred("download"))
            #expect(run.measurement.download?.bytes == 0)
            #expect(run.seconds >= 0.3 && run.seconds < 2.3)
        }
    }

    @Test func `a server that stops sending is flagged and its silence counts`() async throws {
        try await ScriptedServer.with { peer in
            ScriptedServer.beHonest(peer, .open)
            for _ in 0..<10 {
                peer.say([UInt8](repeating: 0, count: 10_000))
                ScriptedPeer.pause(milliseconds: 10)
            }
            peer.hearOut()
        } _: { port in
            let run = await run(port: port, duration: .milliseconds(1700))
            #expect(run.error == nil)
            #expect(run.measurement.stalled)
            #expect(run.measurement.download?.bytes == 100_000)
            #expect(run.measurement.download?.rate?.bitsPerSecond ?? .infinity < 800_000 / 1.4)
        }
    }

    @Test(arguments: [BtestCommand.Direction.download, .upload])
    func `a server that does nothing for seconds is there as long as its kernel answers`(
        direction: BtestCommand.Direction
    ) async throws {
        try await ScriptedServer.with { peer in
            ScriptedServer.beHonest(peer, .open)
            peer.say([UInt8](repeating: 0, count: 10_000))
            ScriptedPeer.pause(milliseconds: 5000)
        } _: { port in
            let run = await run(port: port, direction: direction, duration: .milliseconds(4500))
            #expect(run.error == nil)
            #expect(run.measurement.stalled)
        }
    }

    @Test func `a server that stops reading is flagged`() async throws {
        try await ScriptedServer.with { peer in
            ScriptedServer.beHonest(peer, .open)
            ScriptedPeer.pause(milliseconds: 2500)
        } _: { port in
            let run = await run(port: port, direction: .upload, duration: .milliseconds(1700))
            #expect(run.error == nil)
            #expect(run.measurement.stalled)
            #expect(run.measurement.upload?.bytes ?? 0 > 0)
            #expect(run.seconds < 3.7)
        }
    }

    @Test(arguments: [false, true], [BtestCommand.Direction.upload, .both])
    func `floods of statuses, true or false, break nothing`(
        isRandom: Bool, direction: BtestCommand.Direction
    ) async throws {
        try await ScriptedServer.with { peer in
            ScriptedServer.beHonest(peer, .open)
            var random = SeededGenerator(seed: 1)
            let claims = BtestStatus(cpuPercent: 100, sequence: 1, bytesReceived: .max).encoded
            let beginnings = repeatElement([7, 0x80, 0, 0] as [UInt8], count: 3000).flatMap(\.self)
            let flood: [UInt8] =
                isRandom
                ? (0..<30_000).map { _ in UInt8.random(in: .min ... .max, using: &random) }
                : beginnings + repeatElement(claims, count: 3000).flatMap(\.self)
            while !peer.hearSome().isEmpty { peer.say(flood) }
        } _: { port in
            let run = await run(port: port, direction: direction, randomData: true)
            #expect(run.error == nil)
            #expect(run.measurement.upload?.rate?.bitsPerSecond ?? 0 > 1e6)
            #expect(run.seconds < 2.3)
        }
    }

    @Test(arguments: [false, true])
    func `a server that lets no second connection in is tested with one, for the whole time`(
        isSilent: Bool
    ) async throws {
        let count = Mutex(0)
        try await ScriptedServer.with { peer in
            let number = count.withLock { count in
                count += 1
                return count
            }
            if number == 1 {
                ScriptedServer.beHonest(peer, .open, token: 0x0203)
                for _ in 0..<100 {
                    peer.say([UInt8](repeating: 0, count: 10_000))
                    ScriptedPeer.pause(milliseconds: 10)
                }
            } else if isSilent {
                peer.hearOut()
            }
        } _: { port in
            let run = await run(port: port, duration: .milliseconds(400), connections: 3)
            #expect(run.error == nil)
            #expect(run.measurement.download?.connections.count == 1)
            #expect(run.measurement.download?.rate?.nanoseconds ?? 0 > 300_000_000)
        }
    }

    @Test func `a test that is cancelled ends at once with what it counted`() async throws {
        let accounts = BtestAccounts.open
        try await ScriptedServer.with { peer in
            ScriptedServer.beHonest(peer, accounts)
            peer.say([UInt8](repeating: 0, count: 10_000))
            peer.hearOut()
        } _: { port in
            let began = MonotonicClock.now()
            let monitor = BtestMonitor()
            let measurement = await withTaskGroup(of: BtestMeasurement.self) { group in
                group.addTask {
                    await BtestClient(.init(host: "127.0.0.1", port: port, duration: .seconds(60)), monitor: monitor)
                        .run()
                }
                while monitor.download.bytes == 0, MonotonicClock.now() - began < 5_000_000_000 { await Task.yield() }
                group.cancelAll()
                return await group.next()
            }
            #expect(measurement?.error == .stopped)
            #expect(measurement?.download?.bytes ?? 0 > 0)
            #expect(MonotonicClock.now() - began < 2_000_000_000)
        }
    }
}
