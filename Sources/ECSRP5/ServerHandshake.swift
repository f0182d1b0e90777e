/// The server's side of a login: a state machine without a socket, a clock or a random source of its own.
///
/// A handshake that threw is over. Close without a word then, whatever the error is: an answer would tell names apart.
public struct ServerHandshake: Sendable {
    private enum State: Sendable {
        /// Nothing has come yet.
        case waitingForClientKey(PrivateKey)
        /// Message 2 has been made; message 3 must hold the client's proof.
        case waitingForClientProof(HandshakeProofs)
        /// The client knows the password.
        case finished
        case failed
    }

    private let decoys: DecoyVerifiers
    private var state: State

    /// - Parameters:
    ///   - decoys: stands in for the verifiers of unknown users.
    ///   - privateKey: s_b; a fresh one for each login.
    public init(decoys: DecoyVerifiers, privateKey: PrivateKey = .random()) {
        self.decoys = decoys
        state = .waitingForClientKey(privateKey)
    }

    /// Whether the client has proved that it knows the password.
    public var isFinished: Bool {
        if case .finished = state { true } else { false }
    }

    /// Message 1 has come.
    ///
    /// - Parameter verifier: of the user that the message names; nil for an unknown one, which then fails at its proof.
    /// - Returns: message 2, to be sent.
    /// - Throws: ``ECSRP5Error/noSuchPoint``, ``ECSRP5Error/smallOrderPoint`` or ``ECSRP5Error/pointAtInfinity`` for a
    ///   key that no honest client sends; ``ECSRP5Error/messageOutOfOrder``.
    public mutating func clientKeyReceived(
        _ message: ClientKeyMessage, verifier: Verifier?
    ) throws(ECSRP5Error) -> ServerKeyMessage {
        guard case .waitingForClientKey(let privateKey) = state else { throw fail(.messageOutOfOrder) }
        state = .failed
        // The decoy is made in any case: time must not tell who is known.
        let decoy = try decoys.verifier(forUser: message.userName)
        let verifier = verifier ?? decoy
        let (serverKey, proofs) = try answer(to: message.publicKey, verifier: verifier, privateKey: privateKey)
        state = .waitingForClientProof(proofs)
        return ServerKeyMessage(publicKey: serverKey, salt: verifier.salt)
    }

    /// Message 3 has come.
    ///
    /// - Returns: message 4, to be sent.
    /// - Throws: ``ECSRP5Error/proofMismatch`` for a wrong password or an unknown user;
    ///   ``ECSRP5Error/messageOutOfOrder``.
    public mutating func clientProofReceived(_ message: ProofMessage) throws(ECSRP5Error) -> ProofMessage {
        guard case .waitingForClientProof(let proofs) = state else { throw fail(.messageOutOfOrder) }
        guard message == proofs.client else { throw fail(.proofMismatch) }
        state = .finished
        return proofs.server
    }

    /// W_b = s_b·G + redp1(x_γ, 0) and Z = s_b·(A + j·γ).
    private func answer(
        to clientKey: MontgomeryPublicKey, verifier: Verifier, privateKey: PrivateKey
    ) throws(ECSRP5Error) -> (MontgomeryPublicKey, HandshakeProofs) {
        let curve = try EllipticCurve()
        let clientPoint = try curve.point(clientKey)
        let scalar = try privateKey.number()
        let maskedKey = try curve.sum(curve.generatorMultiple(scalar), curve.point(verifier.mask))
        let serverKey = try curve.key(maskedKey)
        let j = HandshakeProofs.transcriptHash(client: clientKey, server: serverKey)
        let weighted = try curve.multiple(BigNumber(j), curve.point(verifier.publicKey))
        let shared = try curve.key(curve.multiple(scalar, curve.sum(clientPoint, weighted)))
        return (serverKey, try HandshakeProofs(j: j, z: shared.x))
    }

    private mutating func fail(_ error: ECSRP5Error) -> ECSRP5Error {
        state = .failed
        return error
    }
}
