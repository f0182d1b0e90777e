import Foundation
import Testing

@testable import ECSRP5

/// The independently computed answers of Fixtures/ecsrp5.json.
struct KnownAnswers: Decodable {
    struct PublicKey: Decodable {
        let `private`: UInt8
        let x: HexBytes
        let parity: UInt8
    }

    struct Redp1: Decodable {
        let input: HexBytes
        let x: HexBytes
    }

    struct Login: Decodable, Sendable, CustomTestStringConvertible {
        let user: String
        let password: String
        let salt: HexBytes
        let clientPrivate: HexBytes
        let serverPrivate: HexBytes
        let validatorPrivate: HexBytes
        let xGamma: HexBytes
        let gammaParity: UInt8
        let xA: HexBytes
        let parityA: UInt8
        let xB: HexBytes
        let parityB: UInt8
        let j: HexBytes
        let z: HexBytes
        let clientProof: HexBytes
        let serverProof: HexBytes

        var testDescription: String { "\(user.prefix(20)), salt \(salt.bytes.prefix(4))" }
    }

    let publicKeys: [PublicKey]
    let redp1: [Redp1]
    let cases: [Login]

    static func load() throws -> KnownAnswers {
        let file = try #require(Bundle.module.url(forResource: "Fixtures/ecsrp5", withExtension: "json"))
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(KnownAnswers.self, from: Data(contentsOf: file))
    }
}

/// Bytes that the fixtures write as hexadecimal digits.
struct HexBytes: Decodable, Sendable {
    let bytes: [UInt8]

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let digits = Array(try container.decode(String.self))
        bytes = try stride(from: 0, to: digits.count, by: 2).map { start in
            guard let byte = UInt8(String(digits[start..<min(start + 2, digits.count)]), radix: 16) else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "not hexadecimal")
            }
            return byte
        }
    }
}
