import ECSRP5
import ServerLimits

/// The server's side of the control connection, from its hello until data may flow.
///
/// A state machine without socket, clock or logger (docs/protocols/btest.md, Control connection). It keeps no
/// more than an incomplete message: fewer than 256 bytes. A user who is unknown, disabled or at the wrong address gets the
/// same messages as a wrong password, after the same work.
struct BtestServerSession {
    enum Action: Equatable {
        case send([UInt8])
        /// The peer is who it says and asks for this test; the caller admits it and answers.
        case admit(BtestCommand, userName: String?)
        /// The peer asks to join the test with this token.
        case join(token: UInt16)
        /// Close without a word.
        case close(BtestRefusal)
        /// Send and then close.
        case closeAfter([UInt8], BtestRefusal)
    }

    private enum State {
        /// The hello is sent; a command or a join comes next.
        case awaitingCommand
        /// The challenge is sent; the 48 bytes of an MD5 response come next.
        case awaitingMD5Response(BtestCommand, nonce: [UInt8], any BtestAccountDirectory)
        /// EC-SRP5 is asked for; the client's name and key come next.
        case awaitingClientKey(BtestCommand, ServerHandshake, any BtestAccountDirectory)
        /// Our key is sent; the client's proof comes next, which helps nobody who meets an obstacle.
        case awaitingClientProof(BtestCommand, ServerHandshake, userName: String, obstacle: BtestLoginFailure?)
        /// The login holds; the test is asked for in the next step.
        case proven(BtestCommand, userName: String)
        /// Nothing more is expected.
        case ended
    }

    private let accounts: BtestAccounts
    private let peer: IPAddress?
    private let nonce: [UInt8]
    private let privateKey: PrivateKey
    /// Whether the peer's source failed at so many logins that it is to try no other; a join needs none.
    var isBarred = false
    private var state = State.awaitingCommand
    private var input: [UInt8] = []

    /// - Parameters:
    ///   - peer: where the client is; nil when that is not known.
    ///   - nonce: 16 random bytes for an MD5 challenge.
    ///   - privateKey: for a login with EC-SRP5; a fresh one for each session.
    init(accounts: BtestAccounts, peer: IPAddress? = nil, nonce: [UInt8], privateKey: PrivateKey = .random()) {
        self.accounts = accounts
        self.peer = peer
        self.nonce = nonce
        self.privateKey = privateKey
    }

    /// The server speaks first.
    mutating func accepted() -> Action {
        .send([1, 0, 0, 0])
    }

    mutating func bytesReceived(_ bytes: some Collection<UInt8>) -> [Action] {
        if case .ended = state { return [] }
        input += bytes
        var actions: [Action] = []
        while let action = step() { actions.append(action) }
        // What follows the last message is test data, or nobody's.
        if case .ended = state { input = [] }
        return actions
    }

    private mutating func step() -> Action? {
        switch state {
        case .awaitingCommand:
            guard let bytes = take(BtestCommand.length) else { return nil }
            return commandReceived(bytes)
        case .awaitingMD5Response(let command, let nonce, let directory):
            guard let bytes = take(MD5Response.length), let response = MD5Response(decoding: bytes) else { return nil }
            return responseReceived(response, command, nonce: nonce, directory)
        case .awaitingClientKey(let command, let handshake, let directory):
            guard let payload = takeFrame() else { return nil }
            return clientKeyReceived(payload, command, handshake, directory)
        case .awaitingClientProof(let command, let handshake, let userName, let obstacle):
            guard let payload = takeFrame() else { return nil }
            return clientProofReceived(payload, command, handshake, userName: userName, obstacle)
        case .proven(let command, let userName):
            state = .ended
            return .admit(command, userName: userName)
        case .ended: return nil
        }
    }

    private mutating func commandReceived(_ bytes: [UInt8]) -> Action {
        if let token = BtestJoin.token(decoding: bytes) {
            state = .ended
            return .join(token: token)
        }
        let command: BtestCommand
        do {
            command = try BtestCommand(decoding: bytes)
        } catch {
            return end(.violation(error.description))
        }
        if isBarred, accounts.authentication != .none { return end(.barred) }
        switch accounts {
        case .open:
            state = .ended
            return .admit(command, userName: nil)
        case .md5(let directory):
            state = .awaitingMD5Response(command, nonce: nonce, directory)
            return .send(BtestAnswer.md5(nonce: nonce).encoded)
        case .ecSRP5(let directory, let decoys):
            let handshake = ServerHandshake(decoys: decoys(), privateKey: privateKey)
            state = .awaitingClientKey(command, handshake, directory)
            return .send(BtestAnswer.ecSRP5.encoded)
        }
    }

    private mutating func responseReceived(
        _ response: MD5Response, _ command: BtestCommand, nonce: [UInt8], _ directory: any BtestAccountDirectory
    ) -> Action {
        state = .ended
        let userName = String(decoding: response.userName, as: UTF8.self)
        let account = directory.account(named: userName)
        // An unknown name is compared too, with a password that costs what a real one does; the obstacle refuses it in any case.
        let isProven = response.proves(password: account?.md5Password ?? Self.decoyPassword, nonce: nonce)
        let obstacle = obstacle(of: account, knows: account?.md5Password != nil)
        guard isProven, obstacle == nil else {
            return .closeAfter(BtestAnswer.refused.encoded, .login(userName: userName, obstacle ?? .wrongPassword))
        }
        return .admit(command, userName: userName)
    }

    private mutating func clientKeyReceived(
        _ payload: [UInt8], _ command: BtestCommand, _ handshake: ServerHandshake,
        _ directory: any BtestAccountDirectory
    ) -> Action {
        var handshake = handshake
        do {
            let message = try ClientKeyMessage(decoding: payload)
            let account = directory.account(named: message.userName)
            // A user who may not log in gets its own salt all the same: a decoy's would tell that something changed.
            let key = try handshake.clientKeyReceived(message, verifier: account?.verifier)
            state = .awaitingClientProof(
                command, handshake, userName: message.userName,
                obstacle: obstacle(of: account, knows: account?.verifier != nil))
            return .send(key.frame)
        } catch {
            return end(.violation("a key that cannot be used (\(error))"))
        }
    }

    private mutating func clientProofReceived(
        _ payload: [UInt8], _ command: BtestCommand, _ handshake: ServerHandshake, userName: String,
        _ obstacle: BtestLoginFailure?
    ) -> Action {
        var handshake = handshake
        do {
            let proof = try handshake.clientProofReceived(ProofMessage(decoding: payload))
            if let obstacle { return end(.login(userName: userName, obstacle)) }
            state = .proven(command, userName: userName)
            return .send(proof.frame)
        } catch {
            return end(.login(userName: userName, obstacle ?? .wrongPassword))
        }
    }

    private static let decoyPassword = "an ordinary password"

    /// Why this login fails whatever the peer can prove.
    private func obstacle(of account: BtestAccount?, knows secret: Bool) -> BtestLoginFailure? {
        guard let account, secret else { return .unknownUser }
        return account.obstacle(from: peer)
    }

    private mutating func take(_ count: Int) -> [UInt8]? {
        guard input.count >= count else { return nil }
        let bytes = Array(input.prefix(count))
        input.removeFirst(count)
        return bytes
    }

    private mutating func takeFrame() -> [UInt8]? {
        guard let payload = HandshakeFrame.firstPayload(in: input) else { return nil }
        input.removeFirst(payload.count + 1)
        return payload
    }

    private mutating func end(_ refusal: BtestRefusal) -> Action {
        state = .ended
        return .close(refusal)
    }
}
