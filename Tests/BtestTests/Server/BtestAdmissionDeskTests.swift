import ServerLimits
import TestSupport
import Testing

@testable import Btest

@Suite(.onlyComputes) struct BtestAdmissionDeskTests {
    private func desk(maxSessions: Int = 10) -> BtestAdmissionDesk {
        BtestAdmissionDesk(
            configuration: .init(accounts: .open, maxSessions: maxSessions), gate: ConnectionGate(),
            starting: AsyncStream.makeStream(of: BtestServerTest.self).continuation)
    }

    private func command(_ connections: UInt8) -> BtestCommand {
        BtestCommand(transport: .tcp, direction: .both, connectionCount: connections)
    }

    @Test func `a place that was never opened is free again`() throws {
        let desk = desk(maxSessions: 1)
        for _ in 0..<3 {
            let ticket = try desk.admit(command(0), userName: nil, from: "192.0.2.1")
            #expect(ticket.token == nil)
            #expect(throws: BtestRefusal.tooManySessions(limit: 1)) {
                try desk.admit(command(0), userName: nil, from: "192.0.2.2")
            }
            desk.opened(nil, ticket: ticket, datagrams: nil)
        }
    }

    @Test func `all tests together have only so many connections`() throws {
        let desk = desk(maxSessions: 1000)
        let tickets = try (0..<20).map { _ in try desk.admit(command(100), userName: nil, from: "192.0.2.1") }
        #expect(throws: BtestRefusal.tooManyConnections(limit: 2000)) {
            try desk.admit(command(0), userName: nil, from: "192.0.2.2")
        }
        for ticket in tickets { desk.testEnded(ticket) }
        _ = try desk.admit(command(255), userName: nil, from: "192.0.2.2")
    }

    @Test func `the places of an address and of a user are free again when their tests have ended`() throws {
        var configuration = BtestServer.Configuration(
            accounts: .md5(directory: FixedAccounts(accounts: ["u": BtestAccount(md5Password: "p", maxSessions: 1)])))
        configuration.maxSessionsPerAddress = 2
        let desk = BtestAdmissionDesk(
            configuration: configuration, gate: ConnectionGate(),
            starting: AsyncStream.makeStream(of: BtestServerTest.self).continuation)
        for round in 0..<3 {
            let ofUser = try desk.admit(command(0), userName: "u", from: "192.0.2.1")
            let other = try desk.admit(command(0), userName: nil, from: "::ffff:192.0.2.1")
            #expect(throws: BtestRefusal.tooManySessionsFromAddress(limit: 2)) {
                try desk.admit(command(0), userName: nil, from: "192.0.2.1")
            }
            #expect(throws: BtestRefusal.tooManySessionsOfUser(limit: 1)) {
                try desk.admit(command(0), userName: "u", from: "192.0.2.2")
            }
            // Once as a test that ended, once as one that never began.
            if round.isMultiple(of: 2) {
                desk.testEnded(ofUser)
            } else {
                desk.opened(nil, ticket: ofUser, datagrams: nil)
            }
            desk.testEnded(other)
        }
        #expect(throws: BtestRefusal.login(userName: "x", .unknownUser)) {
            try desk.admit(command(0), userName: "x", from: "192.0.2.1")
        }
    }

    @Test func `who was refused for a quota has taken no place`() throws {
        var configuration = BtestServer.Configuration(accounts: .open, maxSessions: 1)
        configuration.addressQuotas = [QuotaRule(.day, .received, bytes: 0)]
        let desk = BtestAdmissionDesk(
            configuration: configuration, gate: ConnectionGate(),
            starting: AsyncStream.makeStream(of: BtestServerTest.self).continuation)
        #expect(throws: BtestRefusal.quota("address 192.0.2.1 has used 0 B of 0 B for today (in)")) {
            try desk.admit(command(0), userName: nil, from: "192.0.2.1")
        }
        let download = BtestCommand(transport: .tcp, direction: .download)
        #expect(try desk.admit(download, userName: nil, from: "192.0.2.1").number == 1)
    }

    @Test func `tokens differ and read as no command`() throws {
        let desk = desk(maxSessions: 1000)
        var tokens: Set<UInt16> = []
        for _ in 0..<1000 {
            let token = try #require(try desk.admit(command(2), userName: nil, from: "192.0.2.1").token)
            #expect(token >= 0x0200)
            tokens.insert(token)
        }
        #expect(tokens.count == 1000)
    }

    @Test func `the place of a connection that was lost while it joined can be taken again`() throws {
        let desk = desk()
        let token = try #require(try desk.admit(command(2), userName: nil, from: "192.0.2.1").token)
        for _ in 0..<3 {
            #expect(desk.canJoin(token: token, from: "192.0.2.1"))
            #expect(!desk.canJoin(token: token, from: "192.0.2.1"))
            desk.joined(nil, token: token)
        }
    }

    @Test func `guesses at a token close the door of that address's tests and of no other's`() throws {
        let desk = desk()
        let token = try #require(try desk.admit(command(9), userName: nil, from: "192.0.2.1").token)
        let other = try #require(try desk.admit(command(9), userName: nil, from: "192.0.2.2").token)
        var guess: UInt16 = 0x0200
        for _ in 0..<BtestAdmissionDesk.mostWrongGuesses {
            repeat { guess += 1 } while guess == token || guess == other
            #expect(!desk.canJoin(token: guess, from: "192.0.2.1"))
        }
        #expect(!desk.canJoin(token: token, from: "192.0.2.1"))
        #expect(desk.canJoin(token: other, from: "192.0.2.2"))
    }
}
