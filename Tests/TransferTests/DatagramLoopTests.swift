import Glibc
import Sockets
import Synchronization
import Testing

@testable import Transfer

@Suite struct DatagramLoopTests {
    private func socket(_ host: String, offload: Bool) throws -> DatagramSocket {
        guard
            case .success(let addresses) = NameResolver.resolve(
                host, port: 1, until: MonotonicClock.now() + 1_000_000_000),
            let address = addresses.first,
            case .success(let socket) = DatagramSocket.bound(to: address.withPort(0), offload: offload)
        else { throw Unavailable() }
        return socket
    }

    private struct Unavailable: Error {}

    @Test(arguments: ["127.0.0.1", "::1"], [true, false])
    func `what is sent is received, counted with its headers`(host: String, offload: Bool) async throws {
        let near = try socket(host, offload: offload)
        let far = try socket(host, offload: offload)
        let size = DatagramSize(packet: 1000, isIPv6: host == "::1")
        #expect(size.payload == (host == "::1" ? 952 : 972))
        let stop = StopSignal()
        let origin = MonotonicClock.now()
        let targets = DatagramTargets([far.local])
        let meter = ByteMeter()
        async let received = DataThread.run("receiver") {
            DatagramReceiver(
                socket: far, headers: size.headers, stop: stop, meter: meter, origin: origin,
                deadline: origin + 60_000_000_000
            ).run { source, length, sequence, _ in
                source == near.local && length == size.payload && sequence != nil ? 0 : nil
            }
        }
        let sent = await DataThread.run("sender") {
            DatagramSender(
                socket: near, targets: targets, size: size, rate: AdjustableRate(40e6), randomData: !offload,
                stop: stop, meter: ByteMeter(), origin: origin, deadline: origin + 300_000_000
            ).run()
        }
        // What is under way has a while to arrive, longer on a busy machine.
        for _ in 0..<100 where meter.bytes < sent.bytes { usleep(20_000) }
        stop.raise()
        let count = try #require(await received.first)
        #expect(sent.end == .deadline && count.end == .stopped)
        #expect(sent.packets.received > 300)
        #expect(count.packets == PacketCount(received: sent.packets.received))
        #expect(count.bytes == sent.packets.received * 1000 && sent.bytes == count.bytes)
        #expect(count.tuples.last?.bytes == count.bytes)
    }

    @Test func `a datagram larger than the path's packets is fragmented`() async throws {
        let near = try socket("127.0.0.1", offload: true)
        let far = try socket("127.0.0.1", offload: true)
        #expect(near.connect(to: far.local) == nil)
        let stop = StopSignal()
        let origin = MonotonicClock.now()
        let sent = await DataThread.run("sender") {
            DatagramSender(
                socket: near, size: DatagramSize(packet: 65_535, isIPv6: false), rate: AdjustableRate(100e6),
                randomData: false, stop: stop, meter: ByteMeter(), origin: origin, deadline: origin + 50_000_000
            ).run()
        }
        #expect(sent.end == .deadline)
        #expect(sent.packets.received > 2)
    }

    @Test func `strangers are dropped, and datagrams without a number carry nothing`() async throws {
        let far = try socket("127.0.0.1", offload: true)
        let friend = try socket("127.0.0.1", offload: false)
        let stranger = try socket("127.0.0.1", offload: false)
        for socket in [friend, stranger] { #expect(socket.connect(to: far.local) == nil) }
        for bytes: [UInt8] in [[], [1, 2, 3], [0, 0, 0, 1], [0, 0, 0, 2, 9], [0, 0, 0, 2, 9]] {
            stranger.sendOnce(bytes)
            friend.sendOnce(bytes)
        }
        let origin = MonotonicClock.now()
        let counts = DatagramReceiver(
            socket: far, flows: 2, headers: 28, stop: StopSignal(), meter: ByteMeter(), origin: origin,
            deadline: origin + 200_000_000
        ).run { source, _, _, _ in source == friend.local ? 1 : nil }
        #expect(counts.map(\.packets) == [PacketCount(), PacketCount(received: 2, duplicates: 1)])
        let bytes: [Int64] = [0, 4 + 28 + 5 + 28]
        #expect(counts.map(\.bytes) == bytes)
    }

    @Test func `a rate below two packets a second sends one a second, the first at once`() async throws {
        let near = try socket("127.0.0.1", offload: true)
        let far = try socket("127.0.0.1", offload: true)
        #expect(near.connect(to: far.local) == nil)
        let origin = MonotonicClock.now()
        let sent = await DataThread.run("sender") {
            DatagramSender(
                socket: near, size: DatagramSize(packet: 1000, isIPv6: false), rate: AdjustableRate(300),
                randomData: false, stop: StopSignal(), meter: ByteMeter(), origin: origin,
                deadline: origin + 1_300_000_000
            ).run()
        }
        #expect(sent.packets.received == 2)
    }

    @Test func `a changed rate is noticed, and a moved target followed`() async throws {
        let near = try socket("127.0.0.1", offload: true)
        let first = try socket("127.0.0.1", offload: true)
        let second = try socket("127.0.0.1", offload: true)
        let targets = DatagramTargets([first.local])
        let rate = AdjustableRate(300)
        let stop = StopSignal()
        let meter = ByteMeter()
        async let sent = DataThread.run("sender") {
            let origin = MonotonicClock.now()
            return DatagramSender(
                socket: near, targets: targets, size: DatagramSize(packet: 100, isIPv6: false), rate: rate,
                randomData: false, stop: stop, meter: meter, origin: origin, deadline: origin + 1_000_000_000
            ).run()
        }
        for _ in 0..<500 where meter.bytes == 0 { try await Task.sleep(for: .milliseconds(2)) }
        targets.move(0, to: second.local)
        targets.move(7, to: second.local)
        rate.bitsPerSecond = 10e6
        #expect(await sent.packets.received > 1000)
        let counts = DatagramReceiver(
            socket: second, headers: 28, stop: stop, meter: ByteMeter(), origin: 0,
            deadline: MonotonicClock.now() + 50_000_000
        ).run { _, _, _, _ in 0 }
        // The numbers of a flow go on where it moves, and the first one heard there is no loss.
        #expect(counts.first?.packets.received ?? 0 > 1000)
        #expect(counts.first?.packets.lost == 0)
    }

    /// A budget of its own.
    private final class Budget: ByteAllowance {
        private let left: Atomic<Int>

        init(_ bytes: Int) {
            left = Atomic(bytes)
        }

        var remaining: Int { left.load(ordering: .relaxed) }

        func spend(_ bytes: Int) {
            left.subtract(bytes, ordering: .relaxed)
        }
    }

    @Test(arguments: [true, false])
    func `duplicates and datagrams without a number are spent, a stranger's are not`(offload: Bool) async throws {
        let far = try socket("127.0.0.1", offload: offload)
        let friend = try socket("127.0.0.1", offload: false)
        let stranger = try socket("127.0.0.1", offload: false)
        for socket in [friend, stranger] { #expect(socket.connect(to: far.local) == nil) }
        stranger.sendOnce([0, 0, 0, 1] + [UInt8](repeating: 0, count: 968))
        for _ in 0..<10 { friend.sendOnce([0, 0, 0, 1] + [UInt8](repeating: 0, count: 968)) }
        friend.sendOnce([1, 2])
        friend.sendOnce([])
        let budget = Budget(1_000_000)
        let origin = MonotonicClock.now()
        let counts = DatagramReceiver(
            socket: far, headers: 28, stop: StopSignal(), meter: ByteMeter(), origin: origin,
            deadline: origin + 200_000_000, allowance: budget
        ).run { source, _, _, _ in source == friend.local ? 0 : nil }
        #expect(counts.first?.bytes == 1000)
        #expect(1_000_000 - budget.remaining == 10 * 1000 + 30 + 28)
    }

    @Test(arguments: [true, false])
    func `a queue of large datagrams goes no more than 256 KiB beyond a budget`(offload: Bool) async throws {
        let far = try socket("127.0.0.1", offload: offload)
        let friend = try socket("127.0.0.1", offload: false)
        #expect(friend.connect(to: far.local) == nil)
        for number: UInt8 in 1...20 {
            friend.sendOnce([0, 0, 0, number] + [UInt8](repeating: 0, count: 59_968))
        }
        let budget = Budget(70_000)
        let origin = MonotonicClock.now()
        let counts = DatagramReceiver(
            socket: far, headers: 28, stop: StopSignal(), meter: ByteMeter(), origin: origin,
            deadline: origin + 200_000_000, allowance: budget
        ).run { _, _, _, _ in 0 }
        #expect(counts.first?.end == .exhausted)
        #expect(-budget.remaining < 256 << 10)
    }

    @Test func `a target whose port is not known yet is waited for`() async throws {
        let near = try socket("127.0.0.1", offload: true)
        let far = try socket("127.0.0.1", offload: true)
        let unknown = far.local.withPort(0)
        let targets = DatagramTargets([unknown, unknown])
        let stop = StopSignal()
        async let sent = DataThread.run("sender") {
            let origin = MonotonicClock.now()
            return DatagramSender(
                socket: near, targets: targets, size: DatagramSize(packet: 1000, isIPv6: false),
                rate: AdjustableRate(8e6), randomData: false, stop: stop, meter: ByteMeter(), origin: origin,
                deadline: origin + 600_000_000
            ).run()
        }
        try await Task.sleep(for: .milliseconds(100))
        targets.move(1, to: far.local)
        let count = await sent
        #expect(count.end == .deadline)
        #expect(count.packets.received > 20)
    }

    @Test func `what comes faster than the limit is dropped, and spent all the same`() async throws {
        let far = try socket("127.0.0.1", offload: true)
        let friend = try socket("127.0.0.1", offload: false)
        #expect(friend.connect(to: far.local) == nil)
        for number: UInt8 in 1...20 {
            friend.sendOnce([0, 0, 0, number] + [UInt8](repeating: 0, count: 19_968))
        }
        let budget = Budget(1_000_000)
        let origin = MonotonicClock.now()
        let counts = DatagramReceiver(
            socket: far, headers: 28, stop: StopSignal(), meter: ByteMeter(), origin: origin,
            deadline: origin + 200_000_000, allowance: budget, bitsPerSecond: 1000
        ).run { _, _, _, _ in 0 }
        // 128 KiB are let through at once.
        #expect(counts.first?.bytes == 120_000)
        #expect(1_000_000 - budget.remaining == 20 * 20_000)
    }
}
