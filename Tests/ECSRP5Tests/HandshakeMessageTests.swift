import TestSupport
import Testing

@testable import ECSRP5

@Suite("Messages")
struct HandshakeMessageTests {
    private static let x = [UInt8](repeating: 0, count: 31) + [9]
    private static let salt = [UInt8](1...16)

    @Test("Message 1 is the name, a NUL, x and the parity, after their length")
    func clientKey() throws {
        let message = try ClientKeyMessage(userName: "bö", publicKey: MontgomeryPublicKey(x: Self.x, parity: 1))
        #expect(message.frame == [37, 0x62, 0xc3, 0xb6, 0] + Self.x + [1])
        #expect(try ClientKeyMessage(decodingFrame: message.frame) == message)
    }

    @Test("Message 2 is x, the parity and the salt, after their length")
    func serverKey() throws {
        let message = ServerKeyMessage(
            publicKey: try MontgomeryPublicKey(x: Self.x, parity: 0), salt: try Salt(bytes: Self.salt))
        #expect(message.frame == [49] + Self.x + [0] + Self.salt)
        #expect(try ServerKeyMessage(decodingFrame: message.frame) == message)
    }

    @Test("Messages 3 and 4 are a hash after its length")
    func proof() throws {
        let message = try ProofMessage(decoding: [UInt8](0..<32))
        #expect(message.frame == [32] + [UInt8](0..<32))
        #expect(try ProofMessage(decodingFrame: message.frame) == message)
    }

    @Test("A name may have 221 bytes and fills the length byte then; one more is refused")
    func longNames() throws {
        let key = try MontgomeryPublicKey(x: Self.x, parity: 0)
        let longest = try ClientKeyMessage(userName: String(repeating: "x", count: 221), publicKey: key)
        #expect(longest.frame.first == 255)
        #expect(longest.frame.count == 256)
        #expect(try ClientKeyMessage(decodingFrame: longest.frame) == longest)
        // 111 letters of two bytes each.
        #expect(throws: ECSRP5Error.userNameTooLong(bytes: 222)) {
            try ClientHandshake(user: String(repeating: "ü", count: 111), password: "")
        }
        #expect(throws: ECSRP5Error.userNameTooLong(bytes: 222)) {
            try ClientKeyMessage(decoding: [UInt8](repeating: 0x78, count: 222) + [0] + Self.x + [0])
        }
    }

    @Test("A name without its NUL, with one inside, or in another encoding is refused")
    func malformedNames() {
        let key = Self.x + [0]
        #expect(throws: ECSRP5Error.userNameNotTerminated) { try ClientKeyMessage(decoding: [0x61, 0x62] + key) }
        #expect(throws: ECSRP5Error.userNameNotTerminated) { try ClientKeyMessage(decoding: key) }
        #expect(throws: ECSRP5Error.userNameMalformed) { try ClientKeyMessage(decoding: [0x61, 0, 0x62, 0] + key) }
        #expect(throws: ECSRP5Error.userNameMalformed) { try ClientKeyMessage(decoding: [0x61, 0, 0] + key) }
        #expect(throws: ECSRP5Error.userNameMalformed) { try ClientKeyMessage(decoding: [0xff, 0] + key) }
        #expect(throws: ECSRP5Error.userNameMalformed) { try ClientHandshake(user: "a\u{0}b", password: "") }
    }

    @Test("Every truncation and every longer form of the fixed messages is refused")
    func lengths() {
        for count in (0...255) where count != 49 {
            #expect(throws: ECSRP5Error.wrongLength(expected: 49, found: count)) {
                try ServerKeyMessage(decoding: [UInt8](repeating: 0, count: count))
            }
        }
        for count in (0...255) where count != 32 {
            #expect(throws: ECSRP5Error.wrongLength(expected: 32, found: count)) {
                try ProofMessage(decoding: [UInt8](repeating: 0, count: count))
            }
        }
    }

    @Test("Every truncation of message 1 is refused, by payload and by frame")
    func truncations() throws {
        // No zero in x but the terminator's own: a cut message then has no NUL where one is due.
        let x = [0x10] + [UInt8](repeating: 0x55, count: 31)
        let key = try MontgomeryPublicKey(x: x, parity: 1)
        let message = try ClientKeyMessage(userName: "administrator", publicKey: key)
        for count in 0..<message.payload.count {
            #expect(throws: ECSRP5Error.self) { try ClientKeyMessage(decoding: message.payload.prefix(count)) }
        }
        for count in 0..<message.frame.count {
            #expect(throws: ECSRP5Error.self) { try ClientKeyMessage(decodingFrame: message.frame.prefix(count)) }
        }
        #expect(throws: ECSRP5Error.self) { try ClientKeyMessage(decodingFrame: message.frame + [0]) }
    }

    @Test("Frames are cut from a stream that comes one byte at a time")
    func frames() throws {
        let proof = try ProofMessage(decoding: [UInt8](0..<32))
        let stream = proof.frame + [0] + proof.frame
        var received: [UInt8] = []
        var payloads: [[UInt8]] = []
        for byte in stream {
            received.append(byte)
            while let payload = HandshakeFrame.firstPayload(in: received) {
                payloads.append(payload)
                received.removeFirst(payload.count + 1)
            }
        }
        #expect(payloads == [proof.payload, [], proof.payload])
        #expect(received.isEmpty)
    }

    @Test("Random bytes never trap, and what is accepted encodes to the same bytes")
    func randomBytes() throws {
        var generator = SeededGenerator(seed: 3)
        var accepted = 0
        for _ in 0..<20_000 {
            // Mostly plausible lengths and few distinct values: else nothing would come past the first check.
            let likely = [32, 34, 35, 40, 49, 255].randomElement(using: &generator) ?? 0
            let count = Bool.random(using: &generator) ? likely : Int.random(in: 0...300, using: &generator)
            let top: UInt8 = Bool.random(using: &generator) ? 1 : .max
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...top, using: &generator) }
            if let message = try? ClientKeyMessage(decoding: bytes) {
                #expect(message.payload == bytes)
                accepted += 1
            }
            if let message = try? ServerKeyMessage(decoding: bytes[...]) { #expect(message.payload == bytes) }
            if let message = try? ProofMessage(decoding: bytes) { #expect(message.payload == bytes) }
            if let message = try? ClientKeyMessage(decodingFrame: bytes) { #expect(message.frame == bytes) }
            _ = HandshakeFrame.firstPayload(in: bytes)
        }
        #expect(accepted > 20)
    }

    @Test("A key that decodes is answered or refused, whatever its bytes")
    func randomKeys() throws {
        var generator = SeededGenerator(seed: 4)
        for _ in 0..<60 {
            let x = [UInt8.random(in: 0...0x7e, using: &generator)] + [UInt8].random(31, using: &generator)
            let key = try MontgomeryPublicKey(x: x, parity: .random(in: 0...1, using: &generator))
            var server = ServerHandshake(decoys: .forTests)
            let answer = Result { () throws(ECSRP5Error) in
                try server.clientKeyReceived(ClientKeyMessage(userName: "x", publicKey: key), verifier: nil)
            }
            if case .failure(let error) = answer { #expect(error == .noSuchPoint) }
        }
    }
}
