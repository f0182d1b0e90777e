import Glibc
import Sockets
import Testing
import TestSupport
import Transfer

@testable import Btest

/// UDP's peers that lie, flood, vanish or are somebody else.
@Suite(.usesSockets) struct HostileDatagramTests {
    private static let second: Int64 = 1_000_000_000

    /// The system's choice of a UDP port on this machine.
    private static func socket(_ host: String = "127.0.0.1", port: UInt16 = 0) -> DatagramSocket? {
        guard
            case .success(let found) = NameResolver.resolve(
                host, port: 1, until: MonotonicClock.now() + second),
            let address = found.first,
            case .success(let socket) = DatagramSocket.bound(to: address.withPort(port), offload: false)
        else { return nil }
        return socket
    }

    /// Hello, answer and the number of a UDP port; then the script goes on with that port's socket.
    private static func server(
        _ script: @escaping @Sendable (ScriptedPeer, DatagramSocket) -> Void, _ body: (Int) async throws -> Void
    ) async throws {
        try await ScriptedServer.with { peer in
            guard let socket = Self.socket() else { return }
            peer.say([1, 0, 0, 0])
            _ = peer.hear(16)
            peer.say([1, 0, 0, 0, UInt8(socket.local.port >> 8), UInt8(socket.local.port & 0xFF)])
            // The client opens its port meanwhile.
            ScriptedPeer.pause(milliseconds: 200)
            script(peer, socket)
        } _: {
            try await body($0)
        }
    }

    private func run(
        port: Int, direction: BtestCommand.Direction, duration: Duration = .milliseconds(1300)
    ) async -> (measurement: BtestMeasurement, seconds: Double) {
        let began = MonotonicClock.now()
        let measurement = await BtestClient(
            .init(
                host: "127.0.0.1", port: port, transport: .udp, direction: direction, duration: duration,
                bitsPerSecond: 10e6)
        ).run()
        return (measurement, Double(MonotonicClock.now() - began) * 1e-9)
    }

    @Test func `a server whose datagrams never come is a failure with a hint`() async throws {
        try await Self.server { peer, _ in
            peer.hearOut()
        } _: { port in
            let (measurement, seconds) = await run(port: port, direction: .download)
            guard case .noDatagrams(direction: "download", server: _) = measurement.error else {
                Issue.record("\(String(describing: measurement.error))")
                return
            }
            #expect(seconds < 2.5)
        }
    }

    @Test func `a server that never reports what it received is a failure, a little after the end`() async throws {
        try await Self.server { peer, _ in
            peer.hearOut()
        } _: { port in
            let (measurement, seconds) = await run(port: port, direction: .upload)
            #expect(measurement.error == .noReports)
            #expect(seconds < 3.5)
        }
    }

    @Test func `a server that goes in the middle leaves what was counted`() async throws {
        try await Self.server { _, socket in
            guard let client = Self.clientAddress(of: socket) else { return }
            _ = socket.connect(to: client)
            for number: UInt8 in 1...50 {
                socket.sendOnce([0, 0, 0, number] + [UInt8](repeating: 0, count: 968))
                usleep(10_000)
            }
        } _: { port in
            let (measurement, seconds) = await run(port: port, direction: .download, duration: .seconds(20))
            guard case .interrupted(let after, of: 20) = measurement.error else {
                Issue.record("\(String(describing: measurement.error))")
                return
            }
            #expect(after < 5 && seconds < 6)
            #expect(measurement.download?.bytes == 50_000)
            #expect(measurement.download?.packets == PacketCount(received: 50))
        }
    }

    /// Where the client must be listening.
    private static func clientAddress(of socket: DatagramSocket) -> PeerAddress? {
        UInt16(exactly: socket.local.port + BtestClientDatagrams.portDistance).map { socket.local.withPort($0) }
    }

    @Test func `loss, reordering and duplicates are counted apart, and a third address is not heard`() async throws {
        try await Self.server { peer, socket in
            guard let client = Self.clientAddress(of: socket), let stranger = Self.socket("127.0.0.2") else { return }
            _ = socket.connect(to: client)
            _ = stranger.connect(to: client)
            for number: UInt8 in [1, 2, 5, 4, 4, 8] {
                stranger.sendOnce([0, 0, 0, 100 + number])
                socket.sendOnce([0, 0, 0, number] + [UInt8](repeating: 0, count: 100))
            }
            peer.hearOut()
        } _: { port in
            let (measurement, _) = await run(port: port, direction: .download)
            #expect(measurement.error == nil)
            let packets = PacketCount(received: 5, lost: 3, reordered: 1, duplicates: 1)
            #expect(measurement.download?.packets == packets)
            let bytes: Int64 = 660
            #expect(measurement.download?.bytes == bytes)
        }
    }

    @Test func `datagrams from another port of the server count, each port with its own numbers, from the first on`()
        async throws
    {
        try await Self.server { peer, socket in
            guard let client = Self.clientAddress(of: socket), let other = Self.socket() else { return }
            _ = socket.connect(to: client)
            _ = other.connect(to: client)
            for number: UInt8 in 2...51 {
                socket.sendOnce([0, 0, 0, number] + [UInt8](repeating: 0, count: 968))
                other.sendOnce([0, 0, 9, number] + [UInt8](repeating: 0, count: 968))
            }
            peer.hearOut()
        } _: { port in
            let (measurement, _) = await run(port: port, direction: .download, duration: .milliseconds(600))
            #expect(measurement.download?.packets == PacketCount(received: 100))
            #expect(measurement.download?.bytes == 100_000)
            #expect(measurement.download?.flows == 1)
        }
    }

    @Test(arguments: [BtestCommand.Direction.download, .both])
    func `a server whose port a NAT changed is heard`(direction: BtestCommand.Direction) async throws {
        try await Self.server { peer, socket in
            guard let client = Self.clientAddress(of: socket), let natted = Self.socket() else { return }
            _ = natted.connect(to: client)
            ScriptedPeer.pause(milliseconds: 600)
            for number: UInt8 in 1...50 { natted.sendOnce([0, 0, 0, number] + [UInt8](repeating: 0, count: 968)) }
            // What the client sends still goes to the port that the server named.
            let now = MonotonicClock.now()
            let counts = DatagramReceiver(
                socket: socket, headers: 28, stop: StopSignal(), meter: ByteMeter(), origin: now,
                deadline: now + 100_000_000
            ).run { _, _, _, _ in 0 }
            #expect((counts.first?.bytes ?? 0 > 0) == direction.includesUpload)
            peer.hearOut()
        } _: { port in
            let (measurement, _) = await run(port: port, direction: direction)
            #expect(measurement.download?.packets == PacketCount(received: 50))
        }
    }

    @Test func `a client without the port that is expected tells its own at once`() async throws {
        try await ScriptedServer.with { peer in
            guard let socket = Self.socket(), let expected = Self.clientAddress(of: socket),
                let squatter = Self.socket(port: UInt16(truncatingIfNeeded: expected.port))
            else { return }
            peer.say([1, 0, 0, 0])
            _ = peer.hear(16)
            peer.say([1, 0, 0, 0, UInt8(socket.local.port >> 8), UInt8(socket.local.port & 0xFF)])
            var client: PeerAddress?
            let now = MonotonicClock.now()
            _ = DatagramReceiver(
                socket: socket, headers: 28, stop: StopSignal(), meter: ByteMeter(), origin: now,
                deadline: now + 200_000_000
            ).run { source, _, _, _ in
                client = source
                return nil
            }
            guard let client, socket.connect(to: client) == nil else { return }
            // The first numbers went to the port that somebody else has.
            for number: UInt8 in 100...149 { socket.sendOnce([0, 0, 0, number] + [UInt8](repeating: 0, count: 968)) }
            peer.hearOut()
            withExtendedLifetime(squatter) {}
        } _: { port in
            let (measurement, _) = await run(port: port, direction: .download, duration: .milliseconds(400))
            #expect(measurement.download?.packets == PacketCount(received: 50))
        }
    }

    @Test func `numbers that wrap lose nothing`() async throws {
        try await Self.server { peer, socket in
            guard let client = Self.clientAddress(of: socket) else { return }
            _ = socket.connect(to: client)
            for number in [UInt32.max - 2, .max - 1, .max, 0, 2, 1] {
                socket.sendOnce((0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) })
            }
            peer.hearOut()
        } _: { port in
            let (measurement, _) = await run(port: port, direction: .download, duration: .milliseconds(700))
            #expect(measurement.error == nil)
            #expect(measurement.download?.packets == PacketCount(received: 6, lost: 0, reordered: 1))
        }
    }

    @Test func `a flood of statuses costs no more than its share and ends with the test`() async throws {
        try await Self.server { peer, socket in
            let status = BtestStatus(cpuPercent: 1, sequence: 1, bytesReceived: 1472).encoded
            let flood = [[UInt8]](repeating: status, count: 5000).flatMap(\.self)
            while peer.say(flood) {}
        } _: { port in
            let began = Self.processorTime()
            let (_, seconds) = await run(port: port, direction: .upload)
            #expect(seconds < 3.5)
            // All of this process's threads count, those of other tests too.
            #expect(Self.processorTime() - began < 3)
        }
    }

    private static func processorTime() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6
    }

    /// A client that has logged in for a UDP download, its control connection, and the server's address for its datagrams.
    private func client(
        port: Int, direction: BtestCommand.Direction, speed: UInt32 = 5_000_000,
        _ script: @escaping @Sendable (ScriptedPeer, PeerAddress) -> Void
    ) async throws {
        try await ScriptedPeer.run(port: port) { peer in
            _ = peer.hear(4)
            peer.say(
                BtestCommand(transport: .udp, direction: direction, remoteTransmitSpeed: speed).encoded)
            let answer = peer.hear(6)
            guard answer.count == 6, let any = Self.socket() else { return }
            script(peer, any.local.withPort(UInt16(answer[4]) << 8 | UInt16(answer[5])))
        }
    }

    @Test func `the server stops within two seconds after the control connection has ended`() async throws {
        try await LoopbackServer.with(accounts: .open) { port in
            try await client(port: port, direction: .download) { peer, server in
                guard let ours = UInt16(exactly: server.port + 256), let socket = Self.socket(port: ours) else {
                    Issue.record("no port")
                    return
                }
                let stop = StopSignal()
                func received(for span: Int64) -> Int64 {
                    let now = MonotonicClock.now()
                    return DatagramReceiver(
                        socket: socket, headers: 28, stop: stop, meter: ByteMeter(), origin: now, deadline: now + span
                    ).run { source, _, _, _ in source == server ? 0 : nil }.reduce(0) { $0 + $1.bytes }
                }
                #expect(received(for: Self.second / 2) > 100_000)
                peer.socket.shutDown()
                usleep(500_000)
                _ = received(for: Self.second / 20)
                #expect(received(for: Self.second / 2) == 0)
            }
        }
    }

    @Test func `the server follows a client whose port a NAT changed, and never a third address`() async throws {
        try await LoopbackServer.with(accounts: .open) { port in
            try await client(port: port, direction: .download) { peer, server in
                guard let natted = Self.socket(), natted.connect(to: server) == nil else { return }
                natted.sendOnce([])
                let now = MonotonicClock.now()
                let counts = DatagramReceiver(
                    socket: natted, headers: 28, stop: StopSignal(), meter: ByteMeter(), origin: now,
                    deadline: now + Self.second
                ).run { _, _, _, _ in 0 }
                #expect(counts.first?.bytes ?? 0 > 100_000)
                withExtendedLifetime(peer) {}
            }
        }
    }

    @Test func `a client that reports nonsense leaves the server's limit in force`() async throws {
        try await LoopbackServer.with(accounts: .open) { port in
            try await client(port: port, direction: .download, speed: 2_000_000) { peer, server in
                guard let socket = Self.socket(), socket.connect(to: server) == nil else { return }
                socket.sendOnce([])
                peer.say([UInt8](repeating: 0xFF, count: 1000))
                for number: UInt32 in 1...50 {
                    peer.say(BtestStatus(cpuPercent: 0, sequence: number, bytesReceived: .max).encoded)
                }
                let now = MonotonicClock.now()
                let counts = DatagramReceiver(
                    socket: socket, headers: 28, stop: StopSignal(), meter: ByteMeter(), origin: now,
                    deadline: now + 2 * Self.second
                ).run { _, _, _, _ in 0 }
                let rate = Double(counts.first?.bytes ?? 0) * 4
                #expect(rate > 1.7e6)
                #expect(rate < 2.3e6)
            }
        }
    }
}
