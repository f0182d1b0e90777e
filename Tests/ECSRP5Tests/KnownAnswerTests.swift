import Testing

@testable import ECSRP5

@Suite("Known answers")
struct KnownAnswerTests {
    @Test("Small multiples of the generator have the published coordinates")
    func publicKeys() throws {
        let curve = try EllipticCurve()
        let answers = try KnownAnswers.load().publicKeys
        #expect(answers.count == 3)
        for answer in answers {
            let key = try curve.key(curve.generatorMultiple(BigNumber(UInt(answer.private))))
            #expect(key == (try MontgomeryPublicKey(x: answer.x.bytes, parity: answer.parity)))
        }
    }

    @Test("redp1 finds the same point for a given x, and its negative for the other parity")
    func masks() throws {
        let curve = try EllipticCurve()
        let answers = try KnownAnswers.load().redp1
        #expect(answers.count == 2)
        for answer in answers {
            let even = try curve.maskingPoint(answer.input.bytes, parity: 0)
            let odd = try curve.maskingPoint(answer.input.bytes, parity: 1)
            #expect(try curve.key(even) == MontgomeryPublicKey(x: answer.x.bytes, parity: 0))
            #expect(try curve.key(odd) == MontgomeryPublicKey(x: answer.x.bytes, parity: 1))
            #expect(throws: ECSRP5Error.pointAtInfinity) { try curve.key(curve.sum(even, odd)) }
        }
    }

    @Test("The verifier of a password is γ with its real parity", arguments: try KnownAnswers.load().cases)
    func verifiers(login: KnownAnswers.Login) throws {
        let salt = try Salt(bytes: login.salt.bytes)
        let verifier = try Verifier(user: login.user, password: login.password, salt: salt)
        #expect(verifier.publicKey == (try MontgomeryPublicKey(x: login.xGamma.bytes, parity: login.gammaParity)))
        #expect(verifier == (try Verifier(salt: salt, publicKey: verifier.publicKey)))

        let identity = Validator.Identity(user: login.user, password: login.password)
        let validator = try Validator(salt: login.salt.bytes, identity: identity).privateKey.number().bytes()
        #expect(validator == login.validatorPrivate.bytes)
    }

    @Test("The client sends the expected key and proof", arguments: try KnownAnswers.load().cases)
    func client(login: KnownAnswers.Login) throws {
        var client = try ClientHandshake(
            user: login.user, password: login.password, privateKey: PrivateKey(bytes: login.clientPrivate.bytes))
        let clientKey = login.xA.bytes + [login.parityA]
        #expect(client.clientKey.payload == Array(login.user.utf8) + [0] + clientKey)

        let serverKey = login.xB.bytes + [login.parityB] + login.salt.bytes
        let proof = try client.serverKeyReceived(ServerKeyMessage(decoding: serverKey))
        #expect(proof.payload == login.clientProof.bytes)

        try client.serverProofReceived(ProofMessage(decoding: login.serverProof.bytes))
        #expect(client.isFinished)
    }

    @Test("The server answers with the expected key and proof", arguments: try KnownAnswers.load().cases)
    func server(login: KnownAnswers.Login) throws {
        let verifier = try Verifier(
            salt: Salt(bytes: login.salt.bytes),
            publicKey: MontgomeryPublicKey(x: login.xGamma.bytes, parity: login.gammaParity))
        var server = ServerHandshake(
            decoys: try DecoyVerifiers(secret: [UInt8](repeating: 1, count: 32)),
            privateKey: try PrivateKey(bytes: login.serverPrivate.bytes))
        let clientKey = Array(login.user.utf8) + [0] + login.xA.bytes + [login.parityA]
        let answer = try server.clientKeyReceived(ClientKeyMessage(decoding: clientKey), verifier: verifier)
        #expect(answer.payload == login.xB.bytes + [login.parityB] + login.salt.bytes)

        let proof = try server.clientProofReceived(ProofMessage(decoding: login.clientProof.bytes))
        #expect(proof.payload == login.serverProof.bytes)
        #expect(server.isFinished)
    }

    @Test("The transcript hash and the proofs follow from the keys and z", arguments: try KnownAnswers.load().cases)
    func proofs(login: KnownAnswers.Login) throws {
        let j = HandshakeProofs.transcriptHash(
            client: try MontgomeryPublicKey(x: login.xA.bytes, parity: login.parityA),
            server: try MontgomeryPublicKey(x: login.xB.bytes, parity: login.parityB))
        #expect(j == login.j.bytes)
        let proofs = try HandshakeProofs(j: j, z: login.z.bytes)
        #expect(proofs.client.payload == login.clientProof.bytes)
        #expect(proofs.server.payload == login.serverProof.bytes)
    }

    @Test("The known answers cover both parities of γ and of both keys")
    func coverage() throws {
        let cases = try KnownAnswers.load().cases
        #expect(cases.count == 43)
        #expect(Set(cases.map(\.gammaParity)) == [0, 1])
        #expect(Set(cases.map(\.parityA)) == [0, 1])
        #expect(Set(cases.map(\.parityB)) == [0, 1])
    }
}
