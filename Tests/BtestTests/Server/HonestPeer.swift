import Testing

@testable import Btest

/// One side of a right handshake of which only the first bytes are said, in one piece or one by one.
struct HonestPeer {
    /// The login and the test that the handshake is for.
    struct Kind: CustomTestStringConvertible, Sendable {
        let method: BtestAuthentication
        let transport: BtestCommand.TransportProtocol
        var testDescription: String { "\(method) \(transport)" }

        static let all = BtestAuthentication.allCases.flatMap { method in
            [BtestCommand.TransportProtocol.tcp, .udp].map { Kind(method: method, transport: $0) }
        }

        var command: BtestCommand { BtestCommand(transport: transport, direction: .download) }

        /// What a server says after it has admitted the test: a UDP port.
        var afterAdmission: [UInt8] { transport == .udp ? [0xEA, 0x60] : [] }

        /// Both sessions, ready to talk.
        func conversation() throws -> Conversation {
            var conversation = Conversation(
                client: try SessionFixtures.client(command: command),
                server: try SessionFixtures.server(SessionFixtures.accounts(method)))
            conversation.afterAdmission = afterAdmission
            return conversation
        }

        /// All that each side hears.
        func transcripts() throws -> (client: [UInt8], server: [UInt8]) {
            var conversation = try conversation()
            conversation.run()
            return (conversation.serverSaid.flatMap(\.self), conversation.clientSaid.flatMap(\.self))
        }
    }

    private let peer: ScriptedPeer
    private let pause: Int64
    private var rest: Int

    /// - Parameters:
    ///   - bytes: how many are said in all.
    ///   - pause: milliseconds after each byte; 0 says a message in one piece.
    init(_ peer: ScriptedPeer, bytes: Int, pause: Int64 = 0) {
        self.peer = peer
        self.pause = pause
        rest = bytes
    }

    /// The server's side, until the bytes are used up or the other side ends.
    mutating func serve(_ kind: Kind, _ accounts: BtestAccounts) {
        var session = BtestServerSession(accounts: accounts, nonce: SessionFixtures.nonce)
        var actions = [session.accepted()]
        while true {
            for action in actions {
                switch action {
                case .send(let bytes): guard say(bytes) else { return }
                case .admit:
                    _ = say(BtestAnswer.begin(token: nil).encoded + kind.afterAdmission)
                    return
                case .join, .closeAfter, .close: return
                }
            }
            let heard = peer.hearSome()
            guard !heard.isEmpty else { return }
            actions = session.bytesReceived(heard)
        }
    }

    /// The client's side, likewise.
    mutating func ask(_ kind: Kind) {
        var session = BtestClientSession(
            command: kind.command, login: .init(userName: "u", password: "right"), required: nil)
        while true {
            let heard = peer.hearSome()
            guard !heard.isEmpty else { return }
            for action in session.bytesReceived(heard) {
                guard case .send(let bytes) = action, say(bytes) else { return }
            }
        }
    }

    /// Whether there is more to say.
    private mutating func say(_ bytes: [UInt8]) -> Bool {
        let allowed = Array(bytes.prefix(rest))
        rest -= allowed.count
        if pause == 0 {
            guard allowed.isEmpty || peer.say(allowed) else { return false }
        } else {
            for byte in allowed {
                guard peer.say([byte]) else { return false }
                ScriptedPeer.pause(milliseconds: pause)
            }
        }
        return rest > 0
    }
}
