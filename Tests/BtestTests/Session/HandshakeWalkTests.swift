import Sockets
import Testing
import TestSupport

@testable import Btest

/// Handshakes on sockets that are broken off after each of their bytes, or drip: this side ends in time, and is well afterwards.
@Suite(.usesSockets) struct HandshakeWalkTests {
    private static let patience = Duration.milliseconds(300)
    /// Handshakes at once: they spend their time waiting.
    private static let atOnce = 16

    private enum Ending: CaseIterable { case closed, silent }

    private struct Run: Sendable {
        let place: Int
        let error: BtestError?
        let seconds: Double
    }

    private func client(
        port: Int, _ kind: HonestPeer.Kind, place: Int = 0, patience: Duration = Self.patience
    ) async -> Run {
        let began = MonotonicClock.now()
        let error = await BtestClient(
            .init(
                host: "127.0.0.1", port: port, userName: "u", password: "right", transport: kind.transport,
                duration: .milliseconds(200), bitsPerSecond: 1e6, handshakeTimeout: patience)
        ).run().error
        return Run(place: place, error: error, seconds: Double(MonotonicClock.now() - began) * 1e-9)
    }

    /// One after another and some at once.
    private func each(
        _ places: Range<Int>, _ body: @escaping @Sendable (Int) async throws -> Run
    ) async throws -> [Run] {
        try await withThrowingTaskGroup(of: Run.self) { group in
            var runs: [Run] = []
            for place in places {
                if place >= Self.atOnce, let run = try await group.next() { runs.append(run) }
                group.addTask { try await body(place) }
            }
            for try await run in group { runs.append(run) }
            return runs
        }
    }

    @Test(arguments: HonestPeer.Kind.all, Ending.allCases)
    private func `a client whose server stops after any byte fails in time`(
        kind: HonestPeer.Kind, ending: Ending
    ) async throws {
        let accounts = try SessionFixtures.accounts(kind.method)
        let total = try kind.transcripts().client.count
        let runs = try await each(0..<total) { place in
            try await ScriptedServer.with { peer in
                var server = HonestPeer(peer, bytes: place)
                server.serve(kind, accounts)
                if ending == .silent { peer.hearOut() }
            } _: { port in
                await client(port: port, kind, place: place)
            }
        }
        #expect(runs.count == total)
        for run in runs {
            switch (run.error, ending) {
            case (.silent, .silent), (.closed, .closed), (.authenticationFailed(kind.method), .closed): break
            // A machine that is too busy for the handshake's time finds it over before the server closes.
            case (.silent, .closed) where run.seconds > 0.29: break
            default: Issue.record("\(run.place): \(String(describing: run.error))")
            }
            #expect(run.seconds < 2.8, "\(run.place)")
        }
    }

    @Test(arguments: HonestPeer.Kind.all, Ending.allCases)
    private func `a server whose client stops after any byte admits nobody and serves the next one`(
        kind: HonestPeer.Kind, ending: Ending
    ) async throws {
        let accounts = try SessionFixtures.accounts(kind.method)
        let total = try kind.transcripts().server.count
        let events = EventRecorder()
        try await LoopbackServer.with(
            accounts: accounts, handshakeTimeout: Self.patience, maxSessions: 1,
            limits: {
                $0.events = { events.note($0) }
                // Those that have just closed count for a moment more.
                $0.startups.perSource = 100
            }
        ) { port in
            let runs = try await each(0..<total) { place in
                let began = MonotonicClock.now()
                try await ScriptedPeer.run(port: port) { peer in
                    var client = HonestPeer(peer, bytes: place)
                    client.ask(kind)
                    if ending == .silent { peer.hearOut() }
                }
                return Run(place: place, error: nil, seconds: Double(MonotonicClock.now() - began) * 1e-9)
            }
            for run in runs { #expect(run.seconds < 2.8, "\(run.place)") }
            #expect(!events.events.contains { if case .testStarted = $0 { true } else { false } })
            var error: BtestError?
            // Others may keep this machine so busy that nothing flows in the test's short time.
            for _ in 0..<4 {
                error = await client(port: port, kind, patience: .seconds(5)).error
                if error == nil { break }
            }
            #expect(error == nil)
        }
    }

    /// A drop each 10 ms, and half of the time that all of them need.
    private static let dripPause: Int64 = 10

    @Test(arguments: HonestPeer.Kind.all)
    func `a server that drips does not stretch the time of the handshake`(kind: HonestPeer.Kind) async throws {
        let accounts = try SessionFixtures.accounts(kind.method)
        let total = try kind.transcripts().client.count
        let patience = Int64(total) * Self.dripPause / 2
        try await ScriptedServer.with { peer in
            var server = HonestPeer(peer, bytes: total, pause: Self.dripPause)
            server.serve(kind, accounts)
        } _: { port in
            let run = await client(port: port, kind, patience: .milliseconds(patience))
            guard case .silent = run.error else {
                Issue.record("\(String(describing: run.error))")
                return
            }
            let deadline = Double(patience) * 1e-3
            #expect(run.seconds > deadline - 0.01 && run.seconds < deadline + 2)
        }
    }

    @Test(arguments: HonestPeer.Kind.all)
    func `a client that drips does not stretch the time of the handshake`(kind: HonestPeer.Kind) async throws {
        let accounts = try SessionFixtures.accounts(kind.method)
        let total = try kind.transcripts().server.count
        let patience = Int64(total) * Self.dripPause / 2
        let events = EventRecorder()
        try await LoopbackServer.with(
            accounts: accounts, handshakeTimeout: .milliseconds(patience),
            limits: { $0.events = { events.note($0) } }
        ) { port in
            let began = MonotonicClock.now()
            try await ScriptedPeer.run(port: port) { peer in
                var client = HonestPeer(peer, bytes: total, pause: Self.dripPause)
                client.ask(kind)
                peer.hearOut()
            }
            let seconds = Double(MonotonicClock.now() - began) * 1e-9
            let deadline = Double(patience) * 1e-3
            #expect(seconds > deadline - 0.01 && seconds < deadline + 2)
            let refusal = await events.first { if case .refused(_, _, let refusal) = $0 { refusal } else { nil } }
            #expect(refusal == .handshakeTimeout)
        }
    }
}
