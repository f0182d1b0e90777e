import TestSupport
import Testing

@testable import ECSRP5

@Suite("Secrets")
struct SecrecyTests {
    @Test("No password, scalar or proof prints, not even by reflection")
    func nothingPrints() throws {
        let scalar = (0..<32).map { UInt8($0 + 100) }
        let key = try PrivateKey(bytes: scalar)
        var client = try ClientHandshake(user: "probe", password: "pa55word", privateKey: key)
        let verifier = try Verifier(user: "probe", password: "pa55word", salt: Salt(bytes: [UInt8](1...16)))
        var server = ServerHandshake(decoys: .forTests, privateKey: key)
        var printed = Self.everythingPrinted(client) + Self.everythingPrinted(server)
        let serverKey = try server.clientKeyReceived(client.clientKey, verifier: verifier)
        let proof = try client.serverKeyReceived(serverKey)
        printed += Self.everythingPrinted(client) + Self.everythingPrinted(server) + Self.everythingPrinted(key)
        printed += Self.everythingPrinted(DecoyVerifiers.forTests)

        #expect(!printed.contains("pa55word"))
        #expect(!Self.numbers(in: printed).contains(scalar))
        #expect(!Self.numbers(in: printed).contains(proof.payload))
        // The public part prints, or this test would look for nothing.
        #expect(Self.numbers(in: printed).contains(client.clientKey.publicKey.x))
    }

    @Test("A handshake prints the same whatever the password is")
    func passwordDoesNotShow() throws {
        let key = try PrivateKey(bytes: [UInt8](1...32))
        let one = try ClientHandshake(user: "probe", password: "pa55word", privateKey: key)
        let other = try ClientHandshake(user: "probe", password: "other", privateKey: key)
        #expect(Self.everythingPrinted(one) == Self.everythingPrinted(other))
    }

    @Test("Random scalars lie in 1 ..< r, do not repeat and use the whole range")
    func randomScalars() throws {
        var generator = SeededGenerator(seed: 5)
        var seen: Set<[UInt8]> = []
        for _ in 0..<2000 {
            let bytes = try PrivateKey.random(using: &generator).number().bytes()
            #expect(bytes.lexicographicallyPrecedes(CurveParameters.r))
            #expect(bytes.contains { $0 != 0 })
            seen.insert(bytes)
        }
        #expect(seen.count == 2000)
        // r is 2²⁵² and a bit: the second hexadecimal digit of the top byte takes all of its values.
        #expect(Set(seen.map { $0[0] }) == Set(0...0x0f))
    }

    @Test("A scalar of zeros is drawn again")
    func zeroIsDrawnAgain() throws {
        var generator = ScriptedGenerator(words: Array(repeating: 0, count: 32) + Array(repeating: 5, count: 32))
        let bytes = try PrivateKey.random(using: &generator).number().bytes()
        #expect(bytes == [UInt8](repeating: 5, count: 32))
    }

    /// The numbers of a text without what stands between them: `[1, 2]` and a dump's lines read alike.
    private static func numbers(in text: String) -> [UInt8] {
        text.split { !$0.isNumber }.compactMap { UInt8($0) }
    }

    private static func everythingPrinted(_ value: some Any) -> String {
        var dumped = ""
        dump(value, to: &dumped)
        return "\(value)\n" + String(reflecting: value) + "\n" + dumped
    }
}

/// Gives the same bits in every byte of a word, so that a byte drawn from it is known.
private struct ScriptedGenerator: RandomNumberGenerator {
    var words: [UInt64]

    mutating func next() -> UInt64 {
        words.isEmpty ? 0x0101_0101_0101_0101 : words.removeFirst() &* 0x0101_0101_0101_0101
    }
}
