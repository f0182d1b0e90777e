import Foundation
import ServerLimits
import TestSupport
import Testing

@testable import RMBT

@Suite(.onlyComputes) struct TokenTests {
    private struct Vectors: Decodable {
        struct Case: Decodable {
            let key: String
            let uuid: UUID
            let time: Int64
            let ip: String
            let v1: String
            let v2: String
        }

        let cases: [Case]

        static func load() throws -> [Case] {
            let file = try #require(
                Bundle.module.url(forResource: "rmbt-token", withExtension: "json", subdirectory: "Fixtures"))
            return try JSONDecoder().decode(Vectors.self, from: Data(contentsOf: file)).cases
        }
    }

    private static let uuid = "8723358c-2037-4029-a70c-91e5d9d35cf3"
    private static let start: Int64 = 1_700_000_000
    private static let golden = "\(uuid)_\(start)_Q+55pZ/JOQgjMe49FlelxsfCxqA="
    private static let verifier = RMBTTokenVerifier(keys: [
        .init("elder", label: "last year"), .init("topsecret", label: "current"), .init("s", label: "short"),
    ])

    private func verdict(_ token: String, after seconds: Int64 = 0) -> RMBTTokenVerifier.Verdict {
        Self.verifier.verdict(on: token, from: IPAddress("62.1.2.3"), at: Self.start + seconds)
    }

    // MARK: Signatures

    @Test func `the golden token of the protocol notes is made`() throws {
        let uuid = try #require(UUID(uuidString: Self.uuid))
        #expect(RMBTToken(uuid: uuid, startTime: Self.start, key: "topsecret").text == Self.golden)
    }

    @Test func `every vector is made and verified, alone and with a part of version 2 behind it`() throws {
        let cases = try Vectors.load()
        #expect(cases.count == 12)
        for vector in cases {
            #expect(RMBTToken(uuid: vector.uuid, startTime: vector.time, key: vector.key).text == vector.v1)
            let verifier = RMBTTokenVerifier(keys: [.init(vector.key, label: "its own")])
            let address = try #require(IPAddress(vector.ip))
            let second = "\(vector.v1)_#v2#\(vector.v2)"
            #expect(
                RMBTToken(uuid: vector.uuid, startTime: vector.time, address: address, key: vector.key).text == second)
            for token in [vector.v1, second] {
                #expect(verifier.verdict(on: token, from: address, at: vector.time) == .valid(keyLabel: "its own"))
            }
            let others = RMBTTokenVerifier(keys: [.init(vector.key + "x", label: "another")])
            #expect(others.verdict(on: vector.v1, from: address, at: vector.time) == .forged)
            let demanding = RMBTTokenVerifier(keys: [.init(vector.key, label: "its own")], demandsAddress: true)
            #expect(demanding.verdict(on: second, from: address, at: vector.time) == .valid(keyLabel: "its own"))
            #expect(demanding.verdict(on: vector.v1, from: address, at: vector.time) == .withoutAddress)
        }
    }

    @Test func `the key that signed is named by its label`() throws {
        let uuid = try #require(UUID(uuidString: Self.uuid))
        for (key, label) in [("elder", "last year"), ("topsecret", "current"), ("s", "short")] {
            let token = RMBTToken(uuid: uuid, startTime: Self.start, key: key).text
            #expect(verdict(token) == .valid(keyLabel: label))
        }
    }

    @Test func `a verifier without keys takes nothing`() {
        #expect(RMBTTokenVerifier(keys: []).verdict(on: Self.golden, from: nil, at: Self.start) == .forged)
    }

    @Test func `an empty key signs and verifies like any other`() {
        let token = RMBTToken(uuid: UUID(), startTime: Self.start, key: "")
        let verifier = RMBTTokenVerifier(keys: [.init("", label: "empty")])
        #expect(verifier.verdict(on: token.text, from: nil, at: Self.start) == .valid(keyLabel: "empty"))
    }

    // MARK: Version 2

    private static let proof = "ZVPxAEzErM6+VBk3HmTzPw=="

    @Test func `a part of version 2 is good for the address it was made for and no other`() {
        let token = "\(Self.golden)_#v2#\(Self.proof)"
        func verdict(_ address: String) -> RMBTTokenVerifier.Verdict {
            Self.verifier.verdict(on: token, from: IPAddress(address), at: Self.start)
        }
        #expect(verdict("62.1.2.3") == .valid(keyLabel: "current"))
        // As a listener on :: sees it.
        #expect(verdict("::ffff:62.1.2.3") == .valid(keyLabel: "current"))
        for other in ["62.1.2.4", "::1", "::62.1.2.3", "no address"] { #expect(verdict(other) == .wrongAddress) }
        #expect(Self.verifier.verdict(on: token, from: IPAddress("62.1.2.3"), at: Self.start + 91) == .outsideWindow)
    }

    @Test func `a part of version 2 with another time or key than the first part's is forged`() throws {
        let address = try #require(IPAddress("62.1.2.3"))
        for (time, key) in [(Self.start + 1, "topsecret"), (Self.start, "elder"), (Self.start, "guess")] {
            let proof = RMBTAddressProof(time: UInt32(time), address: address, key: key)
            let token = "\(Self.golden)_#v2#\(Data(proof.encoded).base64EncodedString())"
            #expect(verdict(token) == .forged)
        }
    }

    @Test(arguments: [
        "", "#v2#", "#v3#\(proof)", "\(proof)", "#v2#AAAA", "#v2#\(proof)\(proof)", "#v2#\(proof)_", "#v2#%%%%", "x",
    ])
    func `what follows a token and is no part of version 2 makes it malformed`(part: String) {
        #expect(verdict("\(Self.golden)_\(part)") == .malformed)
    }

    // MARK: Window

    @Test(
        arguments: [
            (-21, .outsideWindow), (-20, .early(keyLabel: "current", seconds: 20)),
            (-1, .early(keyLabel: "current", seconds: 1)), (0, .valid(keyLabel: "current")),
            (90, .valid(keyLabel: "current")), (91, .outsideWindow), (1_000_000_000, .outsideWindow),
        ] as [(Int64, RMBTTokenVerifier.Verdict)])
    func `a token counts from 20 s before its time to 90 s after it`(
        seconds: Int64, expected: RMBTTokenVerifier.Verdict
    ) {
        #expect(verdict(Self.golden, after: seconds) == expected)
    }

    // MARK: Forgeries

    @Test func `of 10,000 forged tokens none is accepted`() throws {
        var random = SeededGenerator(seed: 1)
        let genuine = Array(Self.golden.utf8)
        let second = Array("\(Self.golden)_#v2#\(Self.proof)".utf8)
        for round in 0..<10_000 {
            let forged: String
            switch round % 8 {
            case 0:
                let signature = Data((0..<20).map { _ in UInt8.random(in: 0...255, using: &random) })
                forged = "\(Self.uuid)_\(Self.start)_\(signature.base64EncodedString())"
            case 1:
                var bytes = genuine
                // The two lowest bits of the last letter before `=` carry nothing.
                let place = Int.random(in: 0..<bytes.count - 2, using: &random)
                bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                forged = String(decoding: bytes, as: UTF8.self)
            case 2:
                forged = String(
                    decoding: genuine.prefix(Int.random(in: 0..<genuine.count, using: &random)), as: UTF8.self)
            case 3:
                let key = String(
                    (0..<8).map { _ in Character(UnicodeScalar(UInt8.random(in: 97...122, using: &random))) })
                forged = RMBTToken(uuid: UUID(), startTime: Self.start, key: key).text
            case 4:
                let uuid = UUID().uuidString.lowercased()
                forged = uuid + Self.golden.dropFirst(uuid.count)
            case 5:
                var bytes = second
                // Neither of the places where a letter's lowest bits carry nothing: before the `=` of both parts.
                let places = bytes.indices.filter { !(bytes.count - 4..<bytes.count).contains($0) && bytes[$0] != 61 }
                let place = places[Int.random(in: 0..<places.count, using: &random)]
                guard place != genuine.count - 2 else { continue }
                bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                forged = String(decoding: bytes, as: UTF8.self)
            case 6:
                let length = Int.random(in: genuine.count + 1..<second.count - 2, using: &random)
                forged = String(decoding: second.prefix(length), as: UTF8.self)
            default:
                // Parts of two good tokens of one address.
                let offset = Int64.random(in: 1...60, using: &random)
                let other = RMBTToken(
                    uuid: UUID(), startTime: Self.start + offset, address: try #require(IPAddress("62.1.2.3")),
                    key: "topsecret")
                forged = "\(other.text.split(separator: "#")[0])#v2#\(Self.proof)"
            }
            switch verdict(forged) {
            case .forged, .malformed: break
            // A bit of the address's hash.
            case .wrongAddress where round % 8 == 5: break
            default: Issue.record("accepted: \(forged)")
            }
        }
    }

    @Test(arguments: [
        "", "_", "__", "___", "a_b_c", "\(uuid)", "\(uuid)_", "\(uuid)_\(start)", "\(uuid)_\(start)_",
        "\(uuid)_\(start)_Q", "\(uuid)_\(start)_%%%%", "\(uuid)_0_Q+55pZ/JOQgjMe49FlelxsfCxqA=",
        "\(uuid)_-1_Q+55pZ/JOQgjMe49FlelxsfCxqA=", "\(uuid)_9223372036854775807_Q+55pZ/JOQgjMe49FlelxsfCxqA=",
        "\(uuid)_9223372036854775808_Q+55pZ/JOQgjMe49FlelxsfCxqA=", "\(uuid)_1099511627776_AAAA",
        "\(uuid)_1.7e9_Q+55pZ/JOQgjMe49FlelxsfCxqA=", "\(uuid)_１７_AAAA", "\u{0}_\u{0}_\u{0}",
        "\(golden)_\(String(repeating: "x", count: 600))", String(repeating: "_", count: 100_000),
    ])
    func `a malformed token is told apart and traps nothing`(token: String) {
        let verdict = verdict(token)
        #expect(verdict == .malformed || verdict == .forged)
        _ = RMBTTokenVerifier.identity(of: token)
    }

    @Test func `an empty signature is no signature`() {
        #expect(verdict("\(Self.uuid)_\(Self.start)_") == .forged)
    }

    // MARK: Counting uses

    @Test func `all spellings of one token have one identity`() {
        // The last letter of the signature has two bits that carry nothing: `B` decodes to what `A` does.
        let spellings = [
            Self.golden, Self.golden + "_#v2#\(Self.proof)",
            String(Self.golden.dropLast(2)) + "B=",
        ]
        for spelling in spellings {
            #expect(verdict(spelling) == .valid(keyLabel: "current"))
            #expect(RMBTTokenVerifier.identity(of: spelling) == "\(Self.uuid)_\(Self.start)")
        }
    }
}
