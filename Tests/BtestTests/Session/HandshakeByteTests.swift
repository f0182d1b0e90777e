import TestSupport
import Testing

@testable import Btest

/// Each byte of each handshake missing or wrong, in memory.
@Suite(.onlyComputes) struct HandshakeByteTests {
    @Test(arguments: HonestPeer.Kind.all)
    func `a client that misses any byte has not begun, and says what it waits for`(kind: HonestPeer.Kind) throws {
        let heard = try kind.transcripts().client
        var session = try SessionFixtures.client(command: kind.command)
        for (place, byte) in heard.enumerated() {
            let step = session.awaitedStep
            var silent = session
            #expect(silent.deadlinePassed(after: 5) == .fail(.silent(step: step, seconds: 5)), "\(place)")
            #expect(silent.bytesReceived(heard[place...]).isEmpty)
            var closed = session
            guard case .fail(let error) = closed.connectionClosed() else {
                Issue.record("\(place)")
                continue
            }
            #expect(error == .closed(step: step) || error == .authenticationFailed(kind.method), "\(place)")
            let began = session.bytesReceived([byte]).contains {
                if case .send = $0 { false } else { true }
            }
            #expect(began == (place == heard.count - 1), "\(place)")
        }
    }

    @Test(arguments: HonestPeer.Kind.all)
    func `a server that misses any byte has admitted nobody`(kind: HonestPeer.Kind) throws {
        let heard = try kind.transcripts().server
        var session = try SessionFixtures.server(SessionFixtures.accounts(kind.method))
        for (place, byte) in heard.enumerated() {
            let ended = session.bytesReceived([byte]).contains {
                if case .send = $0 { false } else { true }
            }
            #expect(ended == (place == heard.count - 1), "\(place)")
        }
    }

    @Test(arguments: HonestPeer.Kind.all, [UInt8(1), 0xFF])
    func `a client begins after no wrong byte that it can know of`(kind: HonestPeer.Kind, mask: UInt8) throws {
        let heard = try kind.transcripts().client
        // Any token and any port may be right.
        let end = heard.count - kind.afterAdmission.count
        let free = Array(end - 3..<end - 1) + Array(end..<heard.count)
        for place in heard.indices {
            let conversation = try tampered(kind, .client, place, mask)
            guard case .startTransfer = conversation.clientEnd else { continue }
            #expect(free.contains(place), "\(place)")
        }
    }

    @Test(arguments: HonestPeer.Kind.all, [UInt8(1), 0xFF])
    func `a server admits no login with a wrong byte on its way, whichever way`(
        kind: HonestPeer.Kind, mask: UInt8
    ) throws {
        guard kind.method != .none else { return }
        let heard = try kind.transcripts()
        // The command is no part of the login, nor is what stands behind the user name's end in its 32 bytes.
        let places = BtestCommand.length..<(kind.method == .md5 ? BtestCommand.length + 18 : heard.server.count)
        for place in places {
            let conversation = try tampered(kind, .server, place, mask)
            #expect(!conversation.isAdmitted, "\(place)")
            guard case .fail = conversation.clientEnd else {
                Issue.record("\(place)")
                continue
            }
        }
        // Hello, answer and challenge: of EC-SRP5 the server's proof and last word come after it knows the client.
        for place in 0..<(kind.method == .md5 ? 24 : 58) {
            #expect(try !tampered(kind, .client, place, mask).isAdmitted, "\(place)")
        }
    }

    private func tampered(
        _ kind: HonestPeer.Kind, _ hearer: Conversation.Tampering.Side, _ place: Int, _ mask: UInt8
    ) throws -> Conversation {
        var conversation = try kind.conversation()
        conversation.tampering = .init(hearer: hearer, place: place, mask: mask)
        conversation.run()
        return conversation
    }
}

extension Conversation {
    fileprivate var isAdmitted: Bool {
        if case .admit = serverEnd { true } else { false }
    }
}
