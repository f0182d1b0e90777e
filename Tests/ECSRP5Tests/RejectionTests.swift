import TestSupport
import Testing

@testable import ECSRP5

/// What docs/protocols/ec-srp5.md asks to refuse, as the peer would send it.
@Suite("Refused keys")
struct RejectionTests {
    /// Every x for which a point of order 1, 2, 4 or 8 exists on the curve or on its twist.
    static let smallOrder: [String: [UInt8]] = [
        "0": number("00"),
        "1": number("01"),
        "p - 1": number("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec"),
        "the first of order 8": number("00b8495f16056286fdb1329ceb8d09da6ac49ff1fae35616aeb8413b7c7aebe0"),
        "the second of order 8": number("57119fd0dd4e22d8868e1c58c45c44045bef839c55b1d0b1248c50a3bc959c5f"),
    ]

    @Test("Small-order points are refused by both sides", arguments: smallOrder.keys.sorted(), [0, 1] as [UInt8])
    func smallOrderPoints(name: String, parity: UInt8) throws {
        let x = try #require(Self.smallOrder[name])
        let key = try MontgomeryPublicKey(x: x, parity: parity)
        // p − 1 lies on the twist: no point of the curve has it.
        let expected: ECSRP5Error = name == "p - 1" ? .noSuchPoint : .smallOrderPoint
        #expect(throws: expected) { try Self.serverReceives(key) }
        #expect(throws: expected) { try Self.clientReceives(key) }
        #expect(throws: expected) { try Verifier(salt: Self.salt(), publicKey: key) }
    }

    @Test("An x that no point has is refused by both sides", arguments: [2, 3, 5] as [UInt8])
    func missingPoint(x: UInt8) throws {
        let key = try MontgomeryPublicKey(x: [UInt8](repeating: 0, count: 31) + [x], parity: 0)
        #expect(throws: ECSRP5Error.noSuchPoint) { try Self.serverReceives(key) }
        #expect(throws: ECSRP5Error.noSuchPoint) { try Self.clientReceives(key) }
    }

    @Test("About half of all x have a point")
    func existence() throws {
        var generator = SeededGenerator(seed: 2)
        let curve = try EllipticCurve()
        var existing = 0
        for _ in 0..<400 {
            let x = [0] + [UInt8].random(31, using: &generator)
            if (try? curve.point(MontgomeryPublicKey(x: x, parity: 1))) != nil { existing += 1 }
        }
        #expect((140...260).contains(existing))
    }

    @Test(
        "An x of p or more is refused, p − 1 is not",
        arguments: [
            ("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed", false),
            ("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffee", false),
            ("8000000000000000000000000000000000000000000000000000000000000009", false),
            ("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", false),
            ("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec", true),
        ])
    func coordinateRange(digits: String, isAccepted: Bool) throws {
        let decode = { try ServerKeyMessage(decoding: Self.number(digits) + [0] + [UInt8](repeating: 0, count: 16)) }
        if isAccepted {
            _ = try decode()
        } else {
            #expect(throws: ECSRP5Error.coordinateOutOfRange, performing: decode)
        }
    }

    @Test("A parity byte other than 0 and 1 is refused", arguments: [2, 3, 0x80, 0xff] as [UInt8])
    func parity(byte: UInt8) {
        let key = Self.number("09") + [byte]
        #expect(throws: ECSRP5Error.parityOutOfRange(byte)) { try ClientKeyMessage(decoding: [0x61, 0] + key) }
        #expect(throws: ECSRP5Error.parityOutOfRange(byte)) {
            try ServerKeyMessage(decoding: key + [UInt8](repeating: 0, count: 16))
        }
    }

    @Test("A shared point at infinity is refused by the client")
    func sharedPointAtInfinity() throws {
        // W_b = redp1(x_γ, 0) is what a server sends whose own scalar is zero.
        let verifier = try Verifier(user: "probe", password: "secret", salt: Self.salt())
        var client = try ClientHandshake(user: "probe", password: "secret")
        let message = ServerKeyMessage(publicKey: verifier.mask, salt: verifier.salt)
        #expect(throws: ECSRP5Error.pointAtInfinity) { try client.serverKeyReceived(message) }
    }

    @Test(
        "A private scalar that is a multiple of the order has no key",
        arguments: [
            "00", "1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed",
            "2000000000000000000000000000000029bdf3bd45ef39acb024c634b9eba7da",
        ])
    func zeroScalar(digits: String) throws {
        let key = try PrivateKey(bytes: Self.number(digits))
        #expect(throws: ECSRP5Error.pointAtInfinity) {
            try ClientHandshake(user: "probe", password: "secret", privateKey: key)
        }
    }

    private static func serverReceives(_ key: MontgomeryPublicKey) throws {
        var server = ServerHandshake(decoys: .forTests)
        _ = try server.clientKeyReceived(ClientKeyMessage(userName: "probe", publicKey: key), verifier: nil)
    }

    private static func clientReceives(_ key: MontgomeryPublicKey) throws {
        var client = try ClientHandshake(user: "probe", password: "secret")
        _ = try client.serverKeyReceived(ServerKeyMessage(publicKey: key, salt: salt()))
    }

    private static func salt() throws -> Salt {
        try Salt(bytes: [UInt8](repeating: 11, count: 16))
    }

    /// 32 bytes from up to 64 hexadecimal digits.
    static func number(_ digits: String) -> [UInt8] {
        let padded = Array(String(repeating: "0", count: 64 - digits.count) + digits)
        return stride(from: 0, to: 64, by: 2).map { UInt8(String(padded[$0..<$0 + 2]), radix: 16) ?? 0 }
    }
}
