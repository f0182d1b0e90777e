import ECSRP5

/// The client's side of the control connection, from the server's hello to the first byte of data.
///
/// A state machine without socket, clock or logger: events go in, actions come out (docs/protocols/btest.md, Control
/// connection; the login by docs/protocols/ec-srp5.md). It keeps no more than an incomplete message: fewer than 256
/// bytes.
struct BtestClientSession {
    enum Action: Equatable {
        case send([UInt8])
        /// The handshake is over; `surplus` are bytes of what follows that came with its last message.
        case startTransfer(BtestStart, surplus: [UInt8])
        case fail(BtestError)
    }

    /// User name and password of a login.
    struct Login {
        let userName: String
        let password: String
    }

    private enum State {
        /// Connected; the server speaks first.
        case awaitingHello
        /// The command is sent; the server says whether and how to log in.
        case awaitingAnswer
        /// The MD5 digest is sent; the server says whether it is right.
        case awaitingMD5Verdict
        /// Our public key is sent; the server's key and salt come next.
        case awaitingServerKey(ClientHandshake)
        /// Our proof is sent; the server's proof comes next, or it closes without a word.
        case awaitingServerProof(ClientHandshake)
        /// Both proofs hold; the server's last word comes next.
        case awaitingBegin
        /// The server says yes; the number of its UDP port comes next.
        case awaitingPort
        /// Data flows, or the session failed: nothing is expected any more.
        case ended
    }

    private var state = State.awaitingHello
    private var input: [UInt8] = []
    private let command: BtestCommand
    private let login: Login?
    private let required: BtestAuthentication?
    private let privateKey: PrivateKey
    /// What the server asked for, once it has.
    private(set) var authentication: BtestAuthentication?

    /// - Parameters:
    ///   - required: the weakest login to accept; nil accepts what is offered.
    ///   - privateKey: for a login with EC-SRP5; a fresh one for each session.
    init(
        command: BtestCommand, login: Login?, required: BtestAuthentication?, privateKey: PrivateKey = .random()
    ) {
        self.command = command
        self.login = login
        self.required = required
        self.privateKey = privateKey
    }

    /// What the session waits for, in the words of an error.
    var awaitedStep: String {
        switch state {
        case .awaitingHello: "its hello"
        case .awaitingAnswer: "an answer to the test command"
        case .awaitingMD5Verdict: "an answer to the login"
        case .awaitingServerKey: "its key for the login"
        case .awaitingServerProof: "its proof for the login"
        case .awaitingBegin: "the start of the test"
        case .awaitingPort: "the number of its UDP port"
        case .ended: "anything more"
        }
    }

    mutating func bytesReceived(_ bytes: some Collection<UInt8>) -> [Action] {
        if case .ended = state { return [] }
        input += bytes
        var actions: [Action] = []
        while let action = step() { actions += action }
        return actions
    }

    mutating func connectionClosed() -> Action {
        defer { state = .ended }
        switch state {
        // The known servers close without a word on a wrong proof.
        case .awaitingServerProof: return .fail(.authenticationFailed(.ecSRP5))
        case .awaitingMD5Verdict: return .fail(.authenticationFailed(.md5))
        default: return .fail(.closed(step: awaitedStep))
        }
    }

    /// - Parameter seconds: how long the server was given, for the sentence.
    mutating func deadlinePassed(after seconds: Double) -> Action {
        defer { state = .ended }
        return .fail(.silent(step: awaitedStep, seconds: seconds))
    }

    /// Takes one message from the input; nil when it is not complete.
    private mutating func step() -> [Action]? {
        switch state {
        case .awaitingHello:
            guard input.count >= 4 else { return nil }
            let hello = Array(input.prefix(4))
            guard hello == [1, 0, 0, 0] else { return end(violation(hello)) }
            input.removeFirst(4)
            state = .awaitingAnswer
            return [.send(command.encoded)]
        case .awaitingAnswer: return stepAnswer()
        case .awaitingMD5Verdict: return stepVerdict(onRefusal: .authenticationFailed(.md5))
        case .awaitingServerKey(let handshake): return stepServerKey(handshake)
        case .awaitingServerProof(let handshake): return stepServerProof(handshake)
        case .awaitingBegin: return stepVerdict(onRefusal: .refused)
        case .awaitingPort: return stepPort()
        case .ended: return nil
        }
    }

    private mutating func stepAnswer() -> [Action]? {
        switch BtestAnswer.decode(input) {
        case .incomplete: return nil
        case .invalid: return end(violation(Array(input.prefix(4))))
        case .answer(let answer, let length):
            input.removeFirst(length)
            switch answer {
            case .refused: return end(.refused)
            case .begin(let token):
                authentication = BtestAuthentication.none
                if let failure = checkStrength(.none) { return end(failure) }
                return begin(token)
            case .md5(let nonce):
                authentication = .md5
                if let failure = checkStrength(.md5) { return end(failure) }
                guard let login else { return end(.credentialsMissing(offered: .md5)) }
                guard !login.userName.utf8.contains(0) else { return end(Self.nulInUserName) }
                guard
                    let response = MD5Response(userName: login.userName, password: login.password, nonce: nonce)
                else { return end(.userNameTooLong(limit: MD5Response.longestUserName)) }
                state = .awaitingMD5Verdict
                return [.send(response.encoded)]
            case .ecSRP5:
                authentication = .ecSRP5
                guard let login else { return end(.credentialsMissing(offered: .ecSRP5)) }
                return startKeyAgreement(login)
            }
        }
    }

    private static let nulInUserName = BtestError.local("the user name has a NUL, which no login can carry")

    private mutating func stepVerdict(onRefusal failure: BtestError) -> [Action]? {
        switch BtestAnswer.decode(input) {
        case .incomplete: return nil
        case .answer(.begin(let token), let length):
            input.removeFirst(length)
            return begin(token)
        case .answer(.refused, _): return end(failure)
        case .answer, .invalid: return end(violation(Array(input.prefix(4))))
        }
    }

    private mutating func begin(_ token: UInt16?) -> [Action] {
        guard command.transport == .tcp else {
            state = .awaitingPort
            return []
        }
        return start(.stream(token: token))
    }

    private mutating func stepPort() -> [Action]? {
        guard input.count >= 2 else { return nil }
        // Known servers say "begin" twice after a login; taken for a port it reads 256. No status begins with a zero.
        if input.starts(with: [1, 0]) {
            guard input.count >= 4 else { return nil }
            if input[2] == 0 {
                input.removeFirst(4)
                return []
            }
        }
        let port = UInt16(input[0]) << 8 | UInt16(input[1])
        guard port > 0 else { return end(.violation(step: awaitedStep, detail: "the number 0")) }
        input.removeFirst(2)
        return start(.datagrams(port: port))
    }

    private mutating func start(_ start: BtestStart) -> [Action] {
        state = .ended
        defer { input = [] }
        return [.startTransfer(start, surplus: input)]
    }

    private func checkStrength(_ offered: BtestAuthentication) -> BtestError? {
        guard let required, offered < required else { return nil }
        return .weakAuthentication(offered: offered, required: required)
    }

    private mutating func startKeyAgreement(_ login: Login) -> [Action] {
        do {
            let handshake = try ClientHandshake(
                user: login.userName, password: login.password, privateKey: privateKey)
            state = .awaitingServerKey(handshake)
            return [.send(handshake.clientKey.frame)]
        } catch .userNameMalformed {
            return end(Self.nulInUserName)
        } catch .userNameTooLong {
            return end(.userNameTooLong(limit: ClientKeyMessage.longestUserName))
        } catch {
            return end(.local("\(error)"))
        }
    }

    private mutating func stepServerKey(_ handshake: ClientHandshake) -> [Action]? {
        if isRefusal { return end(.authenticationFailed(.ecSRP5)) }
        guard let payload = takeFrame() else { return nil }
        var handshake = handshake
        do {
            let proof = try handshake.serverKeyReceived(ServerKeyMessage(decoding: payload))
            state = .awaitingServerProof(handshake)
            return [.send(proof.frame)]
        } catch {
            return end(.violation(step: awaitedStep, detail: "a message of \(payload.count) bytes that is no such key"))
        }
    }

    private mutating func stepServerProof(_ handshake: ClientHandshake) -> [Action]? {
        if isRefusal { return end(.authenticationFailed(.ecSRP5)) }
        guard let payload = takeFrame() else { return nil }
        var handshake = handshake
        do {
            try handshake.serverProofReceived(ProofMessage(decoding: payload))
            state = .awaitingBegin
            return []
        } catch .proofMismatch {
            return end(.serverNotGenuine)
        } catch {
            return end(
                .violation(step: awaitedStep, detail: "a message of \(payload.count) bytes that is no such proof"))
        }
    }

    /// Whether an answer of the kind "refused", four zero bytes, stands where a message of the login should: none is
    /// empty.
    private var isRefusal: Bool { input.first == 0 }

    /// The payload of one message of the login, which a length byte precedes; nil when it is not complete.
    private mutating func takeFrame() -> [UInt8]? {
        guard let payload = HandshakeFrame.firstPayload(in: input) else { return nil }
        input.removeFirst(payload.count + 1)
        return payload
    }

    private mutating func end(_ error: BtestError) -> [Action] {
        state = .ended
        input = []
        return [.fail(error)]
    }

    private func violation(_ bytes: [UInt8]) -> BtestError {
        .violation(step: awaitedStep, detail: bytes.map { Hexadecimal.byte($0) }.joined(separator: " "))
    }
}
