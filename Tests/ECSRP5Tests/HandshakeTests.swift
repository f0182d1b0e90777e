import TestSupport
import Testing

@testable import ECSRP5

@Suite("Both sides together")
struct HandshakeTests {
    @Test("200 logins with random scalars and salts succeed, with each parity of γ and of the keys")
    func randomLogins() throws {
        var generator = SeededGenerator(seed: 1)
        var parities: Set<[UInt8]> = []
        for number in 0..<200 {
            let user = "user-\(number)"
            let salt = try Salt.random(using: &generator)
            let verifier = try Verifier(user: user, password: "pässword", salt: salt)
            let login = Login(user: user, password: "pässword", verifier: verifier)
            let transcript = login.run(clientKey: .random(using: &generator), serverKey: .random(using: &generator))
            #expect(transcript.error == nil)
            #expect(transcript.frames.count == 4)
            let first = try ClientKeyMessage(decodingFrame: transcript.frames[0])
            let second = try ServerKeyMessage(decodingFrame: transcript.frames[1])
            parities.insert([verifier.publicKey.parity, first.publicKey.parity, second.publicKey.parity])
        }
        #expect(parities.count == 8)
    }

    @Test("Logins of one user share no key and no proof: the scalars are fresh by default")
    func freshScalars() throws {
        let salt = try Salt(bytes: [UInt8](repeating: 3, count: 16))
        let verifier = try Verifier(user: "a", password: "b", salt: salt)
        let login = Login(user: "a", password: "b", verifier: verifier)
        let transcripts = [login.run(), login.run(), login.run()]
        #expect(transcripts.allSatisfy { $0.error == nil })
        #expect(Set(transcripts.flatMap(\.frames)).count == 12)
    }

    @Test("A wrong password ends at the client's proof", arguments: ["", "secret ", "Secret", "secret\u{0}"])
    func wrongPassword(password: String) throws {
        let salt = try Salt(bytes: [UInt8](repeating: 4, count: 16))
        let verifier = try Verifier(user: "probe", password: "secret", salt: salt)
        let transcript = Login(user: "probe", password: password, verifier: verifier).run()
        #expect(transcript.error == .proofMismatch)
        #expect(transcript.frames.count == 3)
    }

    @Test("A verifier that claims γ's other parity fits no password")
    func wrongParity() throws {
        let salt = try Salt(bytes: [UInt8](repeating: 5, count: 16))
        let real = try Verifier(user: "probe", password: "secret", salt: salt)
        let key = try MontgomeryPublicKey(x: real.publicKey.x, parity: 1 - real.publicKey.parity)
        let verifier = try Verifier(salt: salt, publicKey: key)
        #expect(Login(user: "probe", password: "secret", verifier: real).run().error == nil)
        #expect(Login(user: "probe", password: "secret", verifier: verifier).run().error == .proofMismatch)
    }

    @Test("A verifier serves no other user with the same password")
    func otherUser() throws {
        let salt = try Salt(bytes: [UInt8](repeating: 6, count: 16))
        let verifier = try Verifier(user: "alice", password: "secret", salt: salt)
        #expect(Login(user: "bob", password: "secret", verifier: verifier).run().error == .proofMismatch)
    }

    @Test("The client refuses a server that cannot prove itself, and stays refused")
    func wrongServerProof() throws {
        let salt = try Salt(bytes: [UInt8](repeating: 8, count: 16))
        let verifier = try Verifier(user: "probe", password: "secret", salt: salt)
        var client = try ClientHandshake(user: "probe", password: "secret")
        var server = ServerHandshake(decoys: .forTests)
        let serverKey = try server.clientKeyReceived(client.clientKey, verifier: verifier)
        let clientProof = try client.serverKeyReceived(serverKey)
        let serverProof = try server.clientProofReceived(clientProof)

        #expect(throws: ECSRP5Error.proofMismatch) { try client.serverProofReceived(clientProof) }
        #expect(throws: ECSRP5Error.messageOutOfOrder) { try client.serverProofReceived(serverProof) }
        #expect(!client.isFinished)
    }

    @Test("One changed bit of a proof is a wrong proof", arguments: 0..<32)
    func changedProof(index: Int) throws {
        let salt = try Salt(bytes: [UInt8](repeating: 9, count: 16))
        let verifier = try Verifier(user: "probe", password: "secret", salt: salt)
        var client = try ClientHandshake(user: "probe", password: "secret")
        var server = ServerHandshake(decoys: .forTests)
        var proof = try client.serverKeyReceived(server.clientKeyReceived(client.clientKey, verifier: verifier)).payload
        proof[index] ^= 0x80 >> UInt8(index % 8)
        #expect(throws: ECSRP5Error.proofMismatch) { try server.clientProofReceived(ProofMessage(decoding: proof)) }
        #expect(!server.isFinished)
    }

    @Test("A refused key ends the handshake: a good one after it comes too late")
    func refusedKeyEnds() throws {
        let salt = try Salt(bytes: [UInt8](repeating: 13, count: 16))
        let verifier = try Verifier(user: "probe", password: "secret", salt: salt)
        let zero = try MontgomeryPublicKey(x: [UInt8](repeating: 0, count: 32), parity: 0)
        var client = try ClientHandshake(user: "probe", password: "secret")
        var server = ServerHandshake(decoys: .forTests)
        let badKey = try ClientKeyMessage(userName: "probe", publicKey: zero)
        #expect(throws: ECSRP5Error.smallOrderPoint) { try server.clientKeyReceived(badKey, verifier: verifier) }
        #expect(throws: ECSRP5Error.messageOutOfOrder) {
            try server.clientKeyReceived(client.clientKey, verifier: verifier)
        }

        var otherServer = ServerHandshake(decoys: .forTests)
        let goodKey = try otherServer.clientKeyReceived(client.clientKey, verifier: verifier)
        #expect(throws: ECSRP5Error.smallOrderPoint) {
            try client.serverKeyReceived(ServerKeyMessage(publicKey: zero, salt: salt))
        }
        #expect(throws: ECSRP5Error.messageOutOfOrder) { try client.serverKeyReceived(goodKey) }
    }

    @Test("Messages that come early, twice or after the end are refused")
    func order() throws {
        let salt = try Salt(bytes: [UInt8](repeating: 10, count: 16))
        let verifier = try Verifier(user: "probe", password: "secret", salt: salt)
        let proof = try ProofMessage(decoding: [UInt8](repeating: 0, count: 32))
        let outOfOrder = ECSRP5Error.messageOutOfOrder

        var early = ServerHandshake(decoys: .forTests)
        #expect(throws: outOfOrder) { try early.clientProofReceived(proof) }
        var client = try ClientHandshake(user: "probe", password: "secret")
        #expect(throws: outOfOrder) { try early.clientKeyReceived(client.clientKey, verifier: verifier) }

        var server = ServerHandshake(decoys: .forTests)
        let serverKey = try server.clientKeyReceived(client.clientKey, verifier: verifier)
        _ = try client.serverKeyReceived(serverKey)
        #expect(throws: outOfOrder) { try client.serverKeyReceived(serverKey) }
        #expect(throws: outOfOrder) { try server.clientKeyReceived(client.clientKey, verifier: verifier) }
        #expect(!client.isFinished)
        #expect(!server.isFinished)
    }
}
