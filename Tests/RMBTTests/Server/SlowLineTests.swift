import Foundation
import Sockets
import Synchronization
import Testing
import TestSupport

@testable import RMBT

/// What is measured on lines so slow that the end of a direction does not come in time.
@Suite(.usesSockets) struct SlowLineTests {
    private static let second: Int64 = 1_000_000_000

    private static func configuration(
        _ port: Int, download: Bool, upload: Bool, duration: Duration = .seconds(1)
    ) -> RMBTClient.Configuration {
        var configuration = RMBTClient.Configuration(
            host: "127.0.0.1", port: port, tls: nil, token: "t", connections: 1, pretestDuration: .zero,
            duration: duration, pings: 0, measuresDownload: download, measuresUpload: upload, chunkSize: 4096,
            connectTimeout: .seconds(5))
        configuration.measuresLatencyUnderLoad = false
        return configuration
    }

    /// A server that opens the dialogue honestly and does the rest by itself.
    private static func server(_ rest: @escaping @Sendable (RawPeer) -> Void) -> @Sendable (RawPeer) -> Void {
        { peer in
            guard peer.send("RMBTv1.3.5\nACCEPT TOKEN QUIT\n"), peer.readLine() != nil else { return }
            peer.send("OK\nCHUNKSIZE 4096 4096 4194304\nACCEPT GETCHUNKS GETTIME PUT PUTNORESULT PING QUIT\n")
            rest(peer)
        }
    }

    private static let chunk = [UInt8](repeating: 7, count: 4095) + [0]

    @Test func `the waits behind an upload begin at its time, though the kernel has not taken the last chunk`()
        async throws
    {
        // Two reports until a second before the end, and nothing is read any more: the last chunk never leaves this side.
        let script = Self.server { peer in
            guard peer.readLine()?.hasPrefix("PUT ") == true else { return }
            peer.send("OK\n")
            _ = peer.read(1 << 16)
            peer.send("TIME 1000 BYTES 4096\nTIME 600000000 BYTES 65536\n")
            usleep(4_000_000)
        }
        try await ScriptedServer.with(script) { port in
            var configuration = Self.configuration(port, download: false, upload: true, duration: .milliseconds(1500))
            configuration.chunkSize = 4_194_304
            let began = MonotonicClock.now()
            let measurement = await RMBTClient(configuration).run()
            let seconds = Double(MonotonicClock.now() - began) * 1e-9
            #expect(measurement.error == nil)
            #expect(measurement.upload?.bytes == 65_536)
            #expect(measurement.upload?.rate?.nanoseconds == 600_000_000)
            // Neither before w1 is over nor after the whole limit of an upload.
            #expect((1.6..<3.9).contains(seconds))
        }
    }

    @Test func `a download that is not waited for any longer ends when listening did, whatever a ping takes`()
        async throws
    {
        let connections = Mutex(0)
        let script: @Sendable (RawPeer) -> Void = { peer in
            let number = connections.withLock { count in
                count += 1
                return count
            }
            Self.server { peer in
                guard number == 1 else {
                    // The connection for pings under load answers none.
                    peer.drain()
                    return
                }
                guard peer.readLine()?.hasPrefix("GETTIME 1 ") == true else { return }
                for _ in 0..<4 { peer.send(Self.chunk) }
                usleep(6_000_000)
            }(peer)
        }
        try await ScriptedServer.with(script) { port in
            var configuration = Self.configuration(port, download: true, upload: false)
            configuration.measuresLatencyUnderLoad = true
            let measurement = await RMBTClient(configuration).run()
            #expect(measurement.error == nil)
            #expect(measurement.download?.bytes == 16_384)
            // A second, and three more in which the end is waited for; the ping is waited for a second longer.
            let nanoseconds = try #require(measurement.download?.rate?.nanoseconds)
            #expect((4 * Self.second..<4 * Self.second + Self.second * 6 / 10).contains(nanoseconds))
        }
    }

    @Test
    func `a test that is stopped behind the time of its last direction is measured, and says that its end was cut`()
        async throws
    {
        // The only report is far from enough, so up to three seconds are waited for further ones.
        let script = Self.server { peer in
            guard peer.readLine()?.hasPrefix("PUT ") == true else { return }
            peer.send("OK\n")
            _ = peer.read(4096)
            peer.send("TIME 1000000 BYTES 4096\n")
            peer.drain()
        }
        try await ScriptedServer.with(script) { port in
            let client = RMBTClient(
                Self.configuration(port, download: false, upload: true, duration: .milliseconds(1500)))
            let running = Task { await client.run() }
            try await Task.sleep(for: .milliseconds(2300))
            running.cancel()
            let measurement = await running.value
            #expect(measurement.error == nil)
            #expect(measurement.hasUnconfirmedEnd)
            #expect(measurement.upload?.bytes == 4096)
        }
    }

    @Test func `a test that is stopped within the time of a direction is stopped`() async throws {
        let script = Self.server { peer in
            guard peer.readLine()?.hasPrefix("GETTIME") == true else { return }
            peer.send(Self.chunk)
            peer.drain()
        }
        try await ScriptedServer.with(script) { port in
            let client = RMBTClient(Self.configuration(port, download: true, upload: false, duration: .seconds(3)))
            let running = Task { await client.run() }
            try await Task.sleep(for: .milliseconds(700))
            running.cancel()
            let measurement = await running.value
            #expect(measurement.error == .stopped)
            #expect(!measurement.hasUnconfirmedEnd)
        }
    }

    @Test func `a server that leaves behind the time of a download has been measured`() async throws {
        let script = Self.server { peer in
            guard peer.readLine()?.hasPrefix("GETTIME 1 ") == true else { return }
            for _ in 0..<3 {
                peer.send(Self.chunk)
                usleep(500_000)
            }
        }
        try await ScriptedServer.with(script) { port in
            let measurement = await RMBTClient(Self.configuration(port, download: true, upload: false)).run()
            #expect(measurement.error == nil)
            #expect(measurement.hasUnconfirmedEnd)
            #expect(measurement.download?.bytes == 12_288)
        }
    }

    @Test func `one connection without a report does not take the others' away`() async throws {
        let connections = Mutex(0)
        let script: @Sendable (RawPeer) -> Void = { peer in
            let number = connections.withLock { count in
                count += 1
                return count
            }
            Self.server { peer in
                guard peer.readLine()?.hasPrefix("PUT ") == true else { return }
                peer.send("OK\n")
                _ = peer.read(4096)
                if number == 1 { peer.send("TIME 900000000 BYTES 4096\n") }
                peer.drain()
            }(peer)
        }
        try await ScriptedServer.with(script) { port in
            var configuration = Self.configuration(port, download: false, upload: true)
            configuration.connections = 2
            let measurement = await RMBTClient(configuration).run()
            #expect(measurement.error == nil)
            #expect(measurement.upload?.bytes == 4096)
            #expect(measurement.upload?.connections.count == 2)
            #expect(measurement.upload?.rate?.nanoseconds == 900_000_000)
        }
    }

    @Test func `all connections of a test go to the address that answered`() async throws {
        let served = Mutex(0)
        let script = Self.server { peer in
            served.withLock { $0 += 1 }
            guard peer.readLine()?.hasPrefix("GETTIME 1 ") == true else { return }
            peer.send([UInt8](repeating: 7, count: 4095) + [0xFF])
            _ = peer.readLine()
            peer.send("TIME 100\nACCEPT GETCHUNKS GETTIME PUT PUTNORESULT PING QUIT\n")
            peer.drain()
        }
        let lookups = Mutex(0)
        try await ScriptedServer.with(script) { port in
            var configuration = Self.configuration(port, download: true, upload: false)
            configuration.connections = 3
            configuration.host = "server.example"
            // Nothing listens at the first address.
            configuration.lookup = AddressLookup { _, port, _, _, deadline in
                lookups.withLock { $0 += 1 }
                return NameResolver.resolve("127.0.0.9", port: port, until: deadline).flatMap { dead in
                    NameResolver.resolve("127.0.0.1", port: port, until: deadline).map { dead + $0 }
                }
            }
            let measurement = await RMBTClient(configuration).run()
            #expect(measurement.error == nil)
            // Without a pre-test the line counts as slow, and one of the three goes on.
            #expect(served.withLock { $0 } == 3)
            #expect(!measurement.hasFewerConnections)
            #expect(lookups.withLock { $0 } == 1)
        }
    }
}
