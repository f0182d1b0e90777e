import Foundation
import Glibc
import Sockets
import Testing

@testable import Transfer

/// Slow streams that share threads.
@Suite(.serialized) struct SharedThreadTests {
    /// Two ends of one stream.
    private func pair() throws -> (SocketDescriptor, SocketDescriptor) {
        var ends: [CInt] = [0, 0]
        try #require(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends) == 0)
        return (SocketDescriptor(owning: ends[0]), SocketDescriptor(owning: ends[1]))
    }

    /// How many threads of this process have such a name.
    private static func threads(named name: String) -> Int {
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
        return tasks.count {
            let found = try? String(contentsOfFile: "/proc/self/task/\($0)/comm", encoding: .utf8)
            return found?.hasPrefix(name) ?? false
        }
    }

    private static func send(
        _ socket: SocketDescriptor, _ rate: Double, seconds: Double, stop: StopSignal = StopSignal()
    ) async -> StreamCount {
        let origin = MonotonicClock.now()
        let sender = StreamSender(
            socket: socket, stop: stop, meter: ByteMeter(), origin: origin, deadline: origin + Int64(seconds * 1e9),
            bitsPerSecond: rate)
        return await DataThread.run("slow-send", carrying: rate, stop: stop) { sender.loop() }
    }

    private static func receive(
        _ socket: SocketDescriptor, carrying rate: Double, name: String = "slow-receive", seconds: Double = 60,
        stop: StopSignal = StopSignal()
    ) async -> StreamCount {
        let origin = MonotonicClock.now()
        let receiver = StreamReceiver(
            socket: socket, stop: stop, meter: ByteMeter(), origin: origin, deadline: origin + Int64(seconds * 1e9))
        return await DataThread.run(name, carrying: rate, stop: stop) {
            receiver.inspecting { piece, _ in piece.count }
        }
    }

    @Test func `a hundred slow streams need two threads and keep their rate`() async throws {
        let pairs = try (0..<100).map { _ in try pair() }
        let (counts, threads) = await withTaskGroup(of: (StreamCount, StreamCount).self) { group in
            for (near, far) in pairs {
                group.addTask {
                    async let received = Self.receive(far, carrying: 2e6)
                    let sent = await Self.send(near, 2e6, seconds: 2)
                    near.shutDownSending()
                    return (sent, await received)
                }
            }
            try? await Task.sleep(for: .seconds(1))
            let threads = (shared: Self.threads(named: "shared"), own: Self.threads(named: "slow-"))
            return (await group.reduce(into: []) { $0.append($1) }, threads)
        }
        #expect(threads.own == 0)
        #expect((1...2).contains(threads.shared))
        for (sent, received) in counts {
            #expect(sent.end == .deadline)
            #expect(received.end == .peerClosed)
            #expect(received.bytes == sent.bytes)
            // 500,000 bytes; a busy machine may make less of it, never more.
            #expect((400_000...512_000).contains(sent.bytes))
        }
    }

    @Test func `a peer that does not read holds up nobody else`() async throws {
        let (near, far) = try pair()
        let (otherNear, otherFar) = try pair()
        let stuckPairs = try (0..<20).map { _ in try pair() }
        let stop = StopSignal()
        async let stuck = withTaskGroup(of: StreamCount.self) { group in
            for (near, _) in stuckPairs { group.addTask { await Self.send(near, 40e6, seconds: 60, stop: stop) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        async let received = Self.receive(far, carrying: 2e6)
        let sent = await Self.send(near, 2e6, seconds: 2)
        near.shutDownSending()
        #expect(await received.bytes == sent.bytes)
        #expect((400_000...512_000).contains(sent.bytes))
        stop.raise()
        for count in await stuck {
            #expect(count.end == .stopped)
            // What a socket's buffer takes.
            #expect(count.bytes < 4_000_000)
        }
        withExtendedLifetime((stuckPairs, otherNear, otherFar)) {}
    }

    @Test func `a stop, the peer's end and a reset end shared loops at once`() async throws {
        let (near, far) = try pair()
        let (closing, closed) = try pair()
        let stop = StopSignal()
        async let stopped = Self.receive(near, carrying: 1e6, stop: stop)
        async let stoppedSending = Self.send(far, 1e6, seconds: 60, stop: stop)
        async let ended = Self.receive(closed, carrying: 1e6)
        async let reset = Self.send(closed, 1e6, seconds: 60)
        try await Task.sleep(for: .milliseconds(100))
        let began = MonotonicClock.now()
        closing.shutDown()
        #expect(await ended.end == .peerClosed)
        #expect(await reset.end == .peerClosed)
        stop.raise()
        #expect(await stopped.end == .stopped)
        #expect(await stoppedSending.end == .stopped)
        #expect(MonotonicClock.now() - began < 2_000_000_000)
    }

    @Test func `a stream that is faster than announced gets a thread of its own and is counted whole`() async throws {
        let (near, far) = try pair()
        let (slowNear, slowFar) = try pair()
        async let received = Self.receive(far, carrying: 1e6, name: "fast-receive")
        async let slowReceived = Self.receive(slowFar, carrying: 2e6)
        async let slowSent = Self.send(slowNear, 2e6, seconds: 2)
        async let sent = DataThread.run("flood") {
            let origin = MonotonicClock.now()
            return StreamSender(
                socket: near, stop: StopSignal(), meter: ByteMeter(), origin: origin, deadline: origin + 1_500_000_000
            ).run()
        }
        try await Task.sleep(for: .seconds(1))
        #expect(Self.threads(named: "fast-receive") == 1)
        let sentBytes = await sent.bytes
        near.shutDownSending()
        let slow = await slowSent.bytes
        slowNear.shutDownSending()
        #expect(await received.bytes == sentBytes)
        #expect(await slowReceived.bytes == slow)
        #expect((400_000...512_000).contains(slow))
    }

    @Test func `a shared thread ends with its last loop and begins anew`() async throws {
        for _ in 0..<3 {
            let (near, far) = try pair()
            async let received = Self.receive(far, carrying: 1e6)
            _ = await Self.send(near, 1e6, seconds: 0.1)
            near.shutDownSending()
            #expect(await received.end == .peerClosed)
        }
        for _ in 0..<200 where Self.threads(named: "shared") > 0 { try await Task.sleep(for: .milliseconds(10)) }
        #expect(Self.threads(named: "shared") == 0)
    }

    @Test func `those who watch a stop signal hear of it once, and no more once they are forgotten`() {
        let stop = StopSignal()
        let heard = ByteMeter()
        let forgotten = stop.observe { heard.add(100) }
        _ = stop.observe { heard.add(1) }
        stop.forget(forgotten)
        stop.raise()
        stop.raise()
        #expect(heard.bytes == 1)
    }
}
