import Testing

@testable import ECSRP5

@Suite("Unknown users")
struct DecoyVerifiersTests {
    @Test("An unknown user exchanges the same messages as one with a wrong password")
    func sameMessages() throws {
        let verifier = try Verifier(
            user: "known", password: "secret", salt: DecoyVerifiers.forTests.salt(forUser: "known"))
        let wrong = Login(user: "known", password: "guess", verifier: verifier).run()
        let unknown = Login(user: "knowm", password: "guess", verifier: nil).run()
        #expect(unknown.error == wrong.error)
        #expect(unknown.error == .proofMismatch)
        #expect(unknown.frames.map(\.count) == wrong.frames.map(\.count))
        #expect(unknown.frames.count == 3)
    }

    @Test("A name's salt stays the same, over handshakes and restarts, and differs between names and servers")
    func salts() throws {
        func salt(_ user: String, secret: UInt8) throws -> Salt {
            let login = Login(
                user: user, password: "x", verifier: nil, decoys: .makeForTests(secret: secret))
            return try ServerKeyMessage(decodingFrame: login.run().frames[1]).salt
        }
        let salt1 = try salt("nobody", secret: 1)
        #expect(try salt("nobody", secret: 1) == salt1)
        #expect(try salt("nobody", secret: 2) != salt1)
        #expect(try salt("somebody", secret: 1) != salt1)
        #expect(try DecoyVerifiers.makeForTests(secret: 1).salt(forUser: "nobody") == salt1)
    }

    @Test("The masked key that an unknown user sees is new each time")
    func freshKeys() throws {
        let login = Login(user: "nobody", password: "x", verifier: nil)
        #expect(login.run().frames[1] != login.run().frames[1])
    }

    @Test("No password of a list opens an unknown user, nor does the empty name")
    func nothingOpens() {
        for password in ["", "admin", "nobody", "0", String(repeating: "p", count: 200)] {
            #expect(Login(user: "nobody", password: password, verifier: nil).run().error == .proofMismatch)
            #expect(Login(user: "", password: password, verifier: nil).run().error == .proofMismatch)
        }
    }

    @Test("A secret shorter than 32 bytes is refused")
    func shortSecret() {
        #expect(throws: ECSRP5Error.wrongLength(expected: 32, found: 31)) {
            try DecoyVerifiers(secret: [UInt8](repeating: 1, count: 31))
        }
    }
}
