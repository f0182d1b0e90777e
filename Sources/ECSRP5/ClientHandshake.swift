/// The client's side of a login: a state machine without a socket, a clock or a random source of its own.
///
/// Send ``clientKey``, pass on what the server answers, and stop at the first error: a handshake that threw is over.
public struct ClientHandshake: Sendable {
    private enum State: Sendable {
        /// Message 1 has been made, message 2 is due.
        case waitingForServerKey(Validator.Identity, PrivateKey)
        /// The client has proved itself; message 4 must hold this proof.
        case waitingForServerProof(ProofMessage)
        /// The server knows the password's verifier.
        case finished
        case failed
    }

    /// Message 1.
    public let clientKey: ClientKeyMessage
    private var state: State

    /// Begins a login. Costs one multiplication, about 0.3 ms.
    ///
    /// - Parameters:
    ///   - user: at most 221 bytes of UTF-8, without NUL.
    ///   - privateKey: s_a; a fresh one for each login.
    /// - Throws: ``ECSRP5Error/userNameTooLong(bytes:)`` or ``ECSRP5Error/userNameMalformed``.
    public init(user: String, password: String, privateKey: PrivateKey = .random()) throws(ECSRP5Error) {
        let curve = try EllipticCurve()
        let publicKey = try curve.key(curve.generatorMultiple(privateKey.number()))
        clientKey = try ClientKeyMessage(userName: user, publicKey: publicKey)
        state = .waitingForServerKey(Validator.Identity(user: user, password: password), privateKey)
    }

    /// Whether the server has proved that it knows the user's verifier.
    public var isFinished: Bool {
        if case .finished = state { true } else { false }
    }

    /// Message 2 has come.
    ///
    /// - Returns: message 3, to be sent.
    /// - Throws: ``ECSRP5Error/noSuchPoint``, ``ECSRP5Error/smallOrderPoint`` or ``ECSRP5Error/pointAtInfinity`` for a
    ///   key that no honest server sends; ``ECSRP5Error/messageOutOfOrder``.
    public mutating func serverKeyReceived(_ message: ServerKeyMessage) throws(ECSRP5Error) -> ProofMessage {
        guard case .waitingForServerKey(let identity, let privateKey) = state else {
            throw fail(.messageOutOfOrder)
        }
        state = .failed
        let proofs = try proofs(after: message, identity: identity, privateKey: privateKey)
        state = .waitingForServerProof(proofs.server)
        return proofs.client
    }

    /// Message 4 has come.
    ///
    /// - Throws: ``ECSRP5Error/proofMismatch`` from a server that does not know the verifier;
    ///   ``ECSRP5Error/messageOutOfOrder``.
    public mutating func serverProofReceived(_ message: ProofMessage) throws(ECSRP5Error) {
        guard case .waitingForServerProof(let expected) = state else { throw fail(.messageOutOfOrder) }
        guard message == expected else { throw fail(.proofMismatch) }
        state = .finished
    }

    /// Z = (i·j + s_a)·(W_b + redp1(x_γ, 1)). The point of the other parity is the negative of the one that the server
    /// added, so it takes the mask off.
    private func proofs(
        after message: ServerKeyMessage, identity: Validator.Identity, privateKey: PrivateKey
    ) throws(ECSRP5Error) -> HandshakeProofs {
        let curve = try EllipticCurve()
        let maskedKey = try curve.point(message.publicKey)
        let validator = try Validator(salt: message.salt.bytes, identity: identity).privateKey.number()
        let verifierKey = try curve.key(curve.generatorMultiple(validator))
        let serverPoint = try curve.sum(maskedKey, curve.maskingPoint(verifierKey.x, parity: 1))
        let j = HandshakeProofs.transcriptHash(client: clientKey.publicKey, server: message.publicKey)
        let scalar = try curve.productSum(validator, BigNumber(j), plus: privateKey.number())
        let shared = try curve.key(curve.multiple(scalar, serverPoint))
        return try HandshakeProofs(j: j, z: shared.x)
    }

    private mutating func fail(_ error: ECSRP5Error) -> ECSRP5Error {
        state = .failed
        return error
    }
}
