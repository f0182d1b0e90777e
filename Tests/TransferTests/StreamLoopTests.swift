import Glibc
import Sockets
import Testing

@testable import Transfer

@Suite struct StreamLoopTests {
    /// Two ends of one stream.
    private func pair() throws -> (SocketDescriptor, SocketDescriptor) {
        var ends: [CInt] = [0, 0]
        try #require(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends) == 0)
        return (SocketDescriptor(owning: ends[0]), SocketDescriptor(owning: ends[1]))
    }

    @Test func `what is sent is counted and interjections arrive whole between the data`() async throws {
        let (near, far) = try pair()
        let stop = StopSignal()
        async let sent = DataThread.run("sender") {
            let origin = MonotonicClock.now()
            var next = origin
            return StreamSender(
                socket: near, stop: stop, meter: ByteMeter(), origin: origin, deadline: origin + 300_000_000,
                bitsPerSecond: 50e6
            ).run { now in
                guard now >= next else { return .init(message: [], next: next) }
                next = now + 50_000_000
                return .init(message: [1, 2, 3, 4], next: next)
            }
        }
        async let received = DataThread.run("receiver") {
            var marks: [UInt8] = []
            let origin = MonotonicClock.now()
            let count = StreamReceiver(
                socket: far, stop: stop, meter: ByteMeter(), origin: origin, deadline: origin + 60_000_000_000
            ).receive { piece, _ in
                let found = piece.filter { $0 != 0 }
                marks += found
                return piece.count - found.count
            }
            return (count, marks)
        }
        let sentCount = await sent
        near.shutDownSending()
        let (receivedCount, marks) = await received
        #expect(sentCount.end == .deadline)
        #expect(receivedCount.end == .peerClosed)
        #expect(sentCount.bytes > 100_000)
        #expect(receivedCount.bytes == sentCount.bytes)
        #expect(marks.count >= 4 && marks.count.isMultiple(of: 4))
        let expected: [UInt8] = marks.indices.map { UInt8($0 % 4) + 1 }
        #expect(marks == expected)
    }

    @Test func `a stop ends both loops at once`() async throws {
        let (near, far) = try pair()
        let stop = StopSignal()
        let origin = MonotonicClock.now()
        async let received = DataThread.run("receiver") {
            StreamReceiver(
                socket: far, stop: stop, meter: ByteMeter(), origin: origin, deadline: origin + 60_000_000_000
            ).receive { piece, _ in piece.count }
        }
        async let sent = DataThread.run("sender") {
            StreamSender(
                socket: near, stop: stop, meter: ByteMeter(), origin: origin, deadline: origin + 60_000_000_000,
                payload: .nothing
            ).run()
        }
        stop.raise()
        #expect(await received.end == .stopped)
        #expect(await sent.end == .stopped)
    }

    @Test func `a reader of a fast stream that fell silent sleeps`() async throws {
        var ends: [CInt] = [0, 0]
        try #require(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends) == 0)
        let (near, far) = (SocketDescriptor(owning: ends[0]), SocketDescriptor(owning: ends[1]))
        async let wakeUps = DataThread.run("receiver") {
            let origin = MonotonicClock.now()
            var before = 0
            _ = StreamReceiver(
                socket: far, stop: StopSignal(), meter: ByteMeter(), origin: origin, deadline: origin + 1_500_000_000
            ).receive { piece, _ in
                before = Self.waits()
                return piece.count
            }
            return Self.waits() - before
        }
        _ = await DataThread.run("sender") {
            let origin = MonotonicClock.now()
            return StreamSender(
                socket: near, stop: StopSignal(), meter: ByteMeter(), origin: origin, deadline: origin + 200_000_000
            ).run()
        }
        // A second of looking every two milliseconds would be 500.
        #expect(await wakeUps < 50)
        withExtendedLifetime(near) {}
    }

    /// How often the calling thread has waited for something.
    private static func waits() -> Int {
        var usage = rusage()
        // RUSAGE_THREAD.
        getrusage(__rusage_who_t(1), &usage)
        return usage.ru_nvcsw
    }
}
