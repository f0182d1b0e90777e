import Glibc
import TestSupport
import Testing

@testable import Sockets

/// Several addresses of one host, some of which say nothing.
@Suite(.usesSockets, .timeLimit(.minutes(1))) struct ConnectionRaceTests {
    /// A listener at a loopback address of its own.
    private struct Listener {
        let socket: SocketDescriptor
        let address: PeerAddress
        private var fillers: [SocketDescriptor] = []

        init(backlog: CInt) throws {
            socket = SocketDescriptor(owning: Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0))
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
            let number = socket.number
            let bound = withUnsafePointer(to: &name) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Glibc.bind(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            try #require(bound == 0 && listen(number, backlog) == 0)
            address = try #require(PeerAddress(localOf: number))
        }

        /// Fills the queue of connections that wait to be accepted: the kernel drops every further one, as a firewall does.
        mutating func fallSilent() {
            for _ in 0..<8 {
                if case .success((let filler, _)) = StreamConnector.begin(to: address) { fillers.append(filler) }
            }
        }
    }

    private func run(_ addresses: [PeerAddress], within limit: Duration) async -> (
        Result<StreamConnector.Connection, ConnectFailure>, seconds: Double
    ) {
        let began = MonotonicClock.now()
        let result = await DataThread.run("race") {
            var race = ConnectionRace(addresses, stop: StopSignal(), until: began + limit.wholeNanoseconds)
            return race.run()
        }
        return (result, Double(MonotonicClock.now() - began) * 1e-9)
    }

    @Test func `an address that drops packets takes no more than its share from the next`() async throws {
        var silent = try Listener(backlog: 0)
        silent.fallSilent()
        let good = try Listener(backlog: 8)
        let (result, seconds) = await run([silent.address, silent.address, good.address], within: .seconds(3))
        #expect(try result.get().peer == good.address)
        // Two head starts of a second each.
        #expect((1.8..<2.9).contains(seconds))
    }

    @Test func `the head start of one address is two seconds at most, however long the whole time`() async throws {
        var silent = try Listener(backlog: 0)
        silent.fallSilent()
        let good = try Listener(backlog: 8)
        let (result, seconds) = await run([silent.address, good.address], within: .seconds(30))
        #expect(try result.get().peer == good.address)
        #expect((1.9..<3.5).contains(seconds))
    }

    @Test func `an address that refuses takes no time from the next`() async throws {
        let gone: PeerAddress = try {
            let listener = try Listener(backlog: 1)
            return listener.address
        }()
        let good = try Listener(backlog: 8)
        let (result, seconds) = await run([gone, gone, good.address], within: .seconds(10))
        #expect(try result.get().peer == good.address)
        #expect(seconds < 1)
    }

    @Test func `where none answers the last one's failure is told, and the time is kept`() async throws {
        var silent = try Listener(backlog: 0)
        silent.fallSilent()
        let (result, seconds) = await run([silent.address, silent.address], within: .seconds(1))
        guard case .failure(.timedOut(let address, let told)) = result else {
            Issue.record("\(result)")
            return
        }
        #expect(address == silent.address.description)
        #expect(told == 0.5)
        #expect((0.95..<1.6).contains(seconds))
        let (none, _) = await run([], within: .seconds(1))
        #expect(throws: ConnectFailure.stopped) { try none.get() }
    }
}
