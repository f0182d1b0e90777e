import Crypto
import Foundation
import RMBT

/// `POST /servedTests`: an RMBT server tells a Control Server what it carried for its tokens (docs/protocols/control-server.md,
/// servedTests).
///
/// Only who has a key that both share can write one. The counts are sums since a test's first byte, so that a report that is
/// sent twice changes nothing.
public struct ControlServedReport: Codable, Sendable, Equatable {
    /// Tests in one report: such a one fits the bytes that a Control Server reads of a stranger.
    public static let mostTests = 12

    private struct Content: Codable {
        let tests: [RMBTServedTest]
    }

    /// JSON, as it was signed.
    let payload: String
    /// Base64 of HMAC-SHA256, one for each key that may be the shared one.
    let signatures: [String]

    /// - Parameter keys: of the label that signed the tests' tokens.
    public init?(_ tests: [RMBTServedTest], keys: [String]) {
        guard let content = try? JSONEncoder().encode(Content(tests: tests)) else { return nil }
        payload = String(decoding: content, as: UTF8.self)
        signatures = keys.prefix(8).map { [payload] in Data(Self.code(payload, key: $0)).base64EncodedString() }
    }

    /// What a report says.
    ///
    /// - Returns: nil where none of the keys signed it, or it says what cannot be.
    func tests(keys: [String]) -> [RMBTServedTest]? {
        let codes = signatures.prefix(8).compactMap { Data(base64Encoded: $0) }
        let isSigned = keys.contains { key in
            codes.contains {
                HMAC<SHA256>.isValidAuthenticationCode(
                    $0, authenticating: Self.signed(payload), using: Self.secret(key))
            }
        }
        guard isSigned, let content = try? JSONDecoder().decode(Content.self, from: Data(payload.utf8)),
            content.tests.count <= Self.mostTests, content.tests.allSatisfy(\.isSound)
        else { return nil }
        return content.tests
    }

    /// Not to be mistaken for anything else that is signed with the key.
    private static func signed(_ payload: String) -> Data { Data(("RMBT servedTests 1\n" + payload).utf8) }

    private static func secret(_ key: String) -> SymmetricKey { SymmetricKey(data: Data(key.utf8)) }

    private static func code(_ payload: String, key: String) -> HMAC<SHA256>.MAC {
        HMAC<SHA256>.authenticationCode(for: signed(payload), using: secret(key))
    }
}
