import Sockets
import Testing
import TestSupport
import Transfer

@testable import Btest

@Suite(.onlyComputes) struct DatagramFlowsTests {
    private static let host = address("192.0.2.1")
    private let targets: DatagramTargets
    private var flows: DatagramFlows

    init() {
        let sources = [Self.host.withPort(2257), Self.host.withPort(2258)]
        targets = DatagramTargets(sources)
        flows = DatagramFlows(sources: sources, targets: targets)
    }

    private static func address(_ host: String) -> PeerAddress {
        guard
            case .success(let found) = NameResolver.resolve(
                host, port: 1, until: MonotonicClock.now() + 1_000_000_000),
            let first = found.first
        else { preconditionFailure("a literal") }
        return first
    }

    private func expect(_ flow: Int?, _ expected: Int?, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(flow == expected, sourceLocation: sourceLocation)
    }

    private mutating func flow(_ source: PeerAddress, length: Int = 1472, sequence: UInt32? = 1, at now: Int64 = 0)
        -> Int?
    {
        flows.flow(of: source, length: length, sequence: sequence, at: now)
    }

    @Test mutating func `the expected ports are known`() {
        expect(flow(Self.host.withPort(2258)), 1)
        expect(flow(Self.host.withPort(2257)), 0)
        #expect(targets.current == [Self.host.withPort(2257), Self.host.withPort(2258)])
    }

    @Test mutating func `a third address is a stranger`() {
        expect(flow(Self.address("192.0.2.2").withPort(2257)), nil)
        expect(flow(Self.address("2001:db8::1").withPort(2257)), nil)
    }

    @Test mutating func `ports that a NAT changed are learned, as many as there are flows`() {
        expect(flow(Self.host.withPort(40_001)), 0)
        expect(flow(Self.host.withPort(40_002), length: 0, sequence: nil), 1)
        expect(flow(Self.host.withPort(40_003)), nil)
        #expect(targets.current == [Self.host.withPort(40_001), Self.host.withPort(40_002)])
    }

    @Test mutating func `what is no test's datagram teaches nothing`() {
        expect(flow(Self.host.withPort(40_001), length: 3, sequence: nil), nil)
        #expect(targets.current == [Self.host.withPort(2257), Self.host.withPort(2258)])
    }

    @Test mutating func `numbering begins anywhere`() {
        expect(flow(Self.host.withPort(40_001), sequence: 0xDEAD_BEEF), 0)
    }

    @Test mutating func `ports that stay silent while others speak are left alone until they speak`() {
        expect(flow(Self.host.withPort(2257)), 0)
        expect(flow(Self.host.withPort(2257), at: 900_000_000), 0)
        #expect(targets.current == [Self.host.withPort(2257), Self.host.withPort(2258)])
        expect(flow(Self.host.withPort(2257), at: 1_100_000_000), 0)
        #expect(targets.current == [Self.host.withPort(2257), Self.host.withPort(0)])
        expect(flow(Self.host.withPort(2258), length: 0, sequence: nil, at: 2_000_000_000), 1)
        #expect(targets.current == [Self.host.withPort(2257), Self.host.withPort(2258)])
    }

    @Test mutating func `a port that changes during the test is followed once the old one is silent`() {
        expect(flow(Self.host.withPort(2257)), 0)
        expect(flow(Self.host.withPort(2258)), 1)
        expect(flow(Self.host.withPort(40_001), sequence: 5000, at: 900_000_000), nil)
        expect(flow(Self.host.withPort(2257), at: 1_000_000_000), 0)
        expect(flow(Self.host.withPort(40_001), sequence: 5000, at: 1_100_000_000), 1)
        #expect(targets.current == [Self.host.withPort(2257), Self.host.withPort(40_001)])
    }
}
