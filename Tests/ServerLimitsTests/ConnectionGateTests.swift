import TestSupport
import Testing

@testable import ServerLimits

@Suite struct ConnectionGateTests {
    private let clock = HandClock()

    private func gate() -> ConnectionGate {
        let clock = clock
        return ConnectionGate { clock.now }
    }

    private func fail(_ gate: ConnectionGate, _ source: SourceAddress, _ count: Int) {
        for _ in 0..<count where gate.connectionArrived(from: source) == nil {
            gate.handshakeEnded(from: source, offence: .failedLogin)
        }
    }

    @Test func `a source is refused after some failed logins and let in when its penalty has passed`() throws {
        let gate = gate()
        let source = try #require(SourceAddress("192.0.2.1"))
        fail(gate, source, 10)
        #expect(gate.connectionArrived(from: source) == .penalty(remaining: .seconds(20)))
        #expect(gate.connectionArrived(from: try #require(SourceAddress("192.0.2.2"))) == nil)
        clock.now = 20_000_000_000
        #expect(gate.connectionArrived(from: source) == nil)
    }

    @Test func `a source with a running test is let in after failed logins, but is to log in no more`() throws {
        let gate = gate()
        let source = try #require(SourceAddress("192.0.2.1"))
        gate.testAdmitted(from: source)
        #expect(gate.loginBar(for: source) == nil)
        fail(gate, source, 4)
        #expect(gate.connectionArrived(from: source) == nil)
        #expect(gate.loginBar(for: source) == .seconds(20))
        clock.now = 20_000_000_000
        #expect(gate.loginBar(for: source) == nil)
    }

    @Test func `a source with a running test is spared, whatever else comes from it`() throws {
        let gate = gate()
        let source = try #require(SourceAddress("192.0.2.1"))
        fail(gate, source, 10)
        gate.testAdmitted(from: source)
        gate.testAdmitted(from: source)
        gate.testEnded(from: source)
        for _ in 0..<100 {
            #expect(gate.connectionArrived(from: source) == nil)
            gate.handshakeEnded(from: source, offence: .violation)
        }
        gate.testEnded(from: source)
        // Nothing was added meanwhile.
        #expect(gate.connectionArrived(from: source) == .penalty(remaining: .seconds(20)))
        gate.testEnded(from: source)
        #expect(gate.connectionArrived(from: source) != nil)
    }

    @Test func `a drop has words for the log`() {
        #expect(
            ConnectionGate.Drop.penalty(remaining: .milliseconds(16_500)).description
                == "the address has a penalty for another 17 s")
        #expect(
            ConnectionGate.Drop.startups(.tooManyFromSource(limit: 20)).description
                == "20 connections of this address have not finished their handshake")
        #expect(
            ConnectionGate.Drop.startups(.tooMany(handshakes: 100)).description
                == "100 connections have not finished their handshake")
    }
}
