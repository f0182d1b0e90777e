import Foundation
import Logging
import Sockets
import Testing
import TestSupport

@testable import RMBT

/// Downloads that leave the event loop: what clients may do to them, and that nothing of them stays.
@Suite(.usesSockets, .timeLimit(.minutes(1))) struct ChunkThreadTests {
    private static func with(
        stepTimeout: Duration = .seconds(60), mostDataThreads: Int = 64, _ body: (Int, RMBTServer) async throws -> Void
    ) async throws {
        var configuration = RMBTServer.Configuration(verifier: nil, stepTimeout: stepTimeout)
        configuration.mostDataThreads = mostDataThreads
        configuration.penalties.isEnabled = false
        let server = try await RMBTServer.bind(
            to: [.init(host: "127.0.0.1", port: 0, tls: nil)], configuration: configuration,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let port = try #require(server.addresses.first?.port)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.run() }
            try await body(port, server)
            group.cancelAll()
        }
    }

    /// Whether all threads end within five seconds.
    private static func hasNoThreads(_ server: RMBTServer) async -> Bool {
        await DataThread.run("wait") {
            let end = MonotonicClock.now() + 5_000_000_000
            while MonotonicClock.now() < end {
                if server.dataThreads == 0 { return true }
                usleep(5000)
            }
            return false
        }
    }

    /// A whole download of 4 MiB.
    private static func isServed(_ port: Int) async -> Bool {
        await DataThread.run("client") {
            guard let peer = RawPeer(connectingTo: port), peer.logIn("any"), peer.send("GETCHUNKS 4 1048576\n"),
                peer.read(4 << 20).last == 0xFF, peer.send("OK\n")
            else { return false }
            return peer.skip(to: "TIME") != nil && peer.skip(to: "ACCEPT") != nil
        }
    }

    @Test(arguments: ["resets", "closes", "sends what nobody asked for", "stops reading"])
    func `a thread ends with its client`(_ how: String) async throws {
        try await Self.with(stepTimeout: how == "stops reading" ? .milliseconds(500) : .seconds(60)) { port, server in
            let peer = await DataThread.run("client") { () -> RawPeer? in
                guard let peer = RawPeer(connectingTo: port), peer.logIn("any") else { return nil }
                peer.send("GETTIME 30 4194304\n")
                // It sends by now.
                guard peer.read(1 << 20).count == 1 << 20 else { return nil }
                #expect(server.dataThreads == 1)
                switch how {
                case "resets": peer.reset()
                case "closes": peer.shutDown()
                case "sends what nobody asked for": peer.send([UInt8](repeating: 0x41, count: 4096))
                default: break
                }
                return peer
            }
            #expect(peer != nil)
            #expect(await Self.hasNoThreads(server))
            peer?.shutDown()
            #expect(await Self.isServed(port))
            #expect(await Self.hasNoThreads(server))
        }
    }

    @Test func `more downloads than threads are served all the same`() async throws {
        try await Self.with(mostDataThreads: 2) { port, server in
            let served = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<6 { group.addTask { await Self.isServed(port) } }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(served == 6)
            #expect(await Self.hasNoThreads(server))
        }
    }

    @Test func `a server that stops takes its threads along`() async throws {
        var stopped: RMBTServer?
        try await Self.with { port, server in
            stopped = server
            let isRunning = await DataThread.run("client") {
                guard let peer = RawPeer(connectingTo: port), peer.logIn("any") else { return false }
                peer.send("GETTIME 30 4096\n")
                return peer.read(1 << 20).count == 1 << 20 && server.dataThreads == 1
            }
            #expect(isRunning)
        }
        #expect(await Self.hasNoThreads(try #require(stopped)))
    }

    @Test func `download after download on one connection leaves no thread`() async throws {
        try await Self.with { port, server in
            let times = await DataThread.run("client") { () -> Int in
                guard let peer = RawPeer(connectingTo: port), peer.logIn("any") else { return 0 }
                var times = 0
                for _ in 0..<20 {
                    peer.send("GETCHUNKS 1 4194304\n")
                    guard peer.read(1 << 22).last == 0xFF, peer.send("OK\n"),
                        peer.readLine()?.hasPrefix("TIME ") == true,
                        peer.readLine()?.hasPrefix("ACCEPT ") == true
                    else { break }
                    times += 1
                }
                return times
            }
            #expect(times == 20)
            #expect(await Self.hasNoThreads(server))
        }
    }
}
