import Crypto
import Foundation

/// Checks tokens as an RMBT server does (docs/protocols/rmbt.md, Greeting and token).
public struct RMBTTokenVerifier: Sendable {
    /// One of the keys of a server, with the label under which the log names it.
    public struct Key: Sendable {
        let text: String
        public let label: String

        public init(_ text: String, label: String) {
            self.text = text
            self.label = label
        }
    }

    public enum Verdict: Sendable, Equatable {
        /// May measure now.
        case valid(keyLabel: String)
        /// May measure after this many seconds, at most 20.
        case early(keyLabel: String, seconds: Int64)
        /// Signed, and too early or too late by more than the window.
        case outsideWindow
        case forged
        case malformed
    }

    /// A token may be presented this many seconds before its time …
    public static let earliest: Int64 = 20
    /// … and this many after it.
    public static let latest: Int64 = 90

    private let keys: [Key]

    /// - Parameter keys: tried in order.
    public init(keys: [Key]) {
        self.keys = keys
    }

    /// What a token's signature covers: the same for every spelling of one token.
    static func identity(of token: String) -> String {
        token.split(separator: "_", maxSplits: 2, omittingEmptySubsequences: false).prefix(2).joined(separator: "_")
    }

    /// - Parameters:
    ///   - token: what the client sent after `TOKEN `; a part of version 2 behind the first does not count.
    ///   - now: Unix time in seconds.
    public func verdict(on token: String, at now: Int64) -> Verdict {
        let parts = token.split(separator: "_", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count >= 3, token.utf8.count <= 512, UUID(uuidString: String(parts[0])) != nil,
            let startTime = Int64(parts[1]), startTime > 0, startTime < 1 << 40
        else { return .malformed }
        let content = "\(parts[0])_\(parts[1])"
        guard let presented = Data(base64Encoded: String(parts[2])) else { return .malformed }
        let signer = keys.first { key in
            HMAC<Insecure.SHA1>.isValidAuthenticationCode(
                presented, authenticating: Data(content.utf8), using: SymmetricKey(data: Data(key.text.utf8)))
        }
        guard let signer else { return .forged }
        let wait = startTime - now
        if wait > Self.earliest || -wait > Self.latest { return .outsideWindow }
        return wait > 0 ? .early(keyLabel: signer.label, seconds: wait) : .valid(keyLabel: signer.label)
    }
}
