import Crypto
import Foundation
import ServerLimits

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
        /// Signed for another address than the peer's.
        case wrongAddress
        /// Signed, but without the part of version 2, which the verifier demands.
        case withoutAddress
        case forged
        case malformed
    }

    /// A token may be presented this many seconds before its time …
    public static let earliest: Int64 = 20
    /// … and this many after it.
    public static let latest: Int64 = 90
    /// Beyond this many bytes nothing is a token.
    static let longest = 512

    private let keys: RMBTTokenKeys
    private let demandsAddress: Bool

    /// - Parameters:
    ///   - keys: tried in order.
    ///   - demandsAddress: refuses tokens without a part of version 2, which bear no address.
    public init(keys: [Key], demandsAddress: Bool = false) {
        self.init(RMBTTokenKeys(keys), demandsAddress: demandsAddress)
    }

    /// - Parameters:
    ///   - keys: tried in order; those of the moment in which a token is judged.
    ///   - demandsAddress: refuses tokens without a part of version 2, which bear no address.
    public init(_ keys: RMBTTokenKeys, demandsAddress: Bool = false) {
        self.keys = keys
        self.demandsAddress = demandsAddress
    }

    /// What a token's signature covers: the same for every spelling of one token.
    static func identity(of token: String) -> String {
        token.split(separator: "_", maxSplits: 2, omittingEmptySubsequences: false).prefix(2).joined(separator: "_")
    }

    /// A part of version 2 that is there must be right: signed with the same key, of the same time as the first part, since one
    /// Control Server makes both at once and a part from another token proves nothing, and for the peer's address.
    ///
    /// - Parameters:
    ///   - token: what the client sent after `TOKEN `.
    ///   - peer: the client's address; nil where it has none, and then no part of version 2 is right.
    ///   - now: Unix time in seconds.
    public func verdict(on token: String, from peer: IPAddress?, at now: Int64) -> Verdict {
        guard token.utf8.count <= Self.longest else { return .malformed }
        let parts = token.split(separator: "_", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count >= 3, UUID(uuidString: String(parts[0])) != nil,
            let startTime = Int64(parts[1]), startTime > 0, startTime < 1 << 40
        else { return .malformed }
        let content = "\(parts[0])_\(parts[1])"
        guard let presented = Data(base64Encoded: String(parts[2])) else { return .malformed }
        var proof: RMBTAddressProof?
        if parts.count > 3 {
            proof = RMBTAddressProof(part: parts[3])
            guard proof != nil else { return .malformed }
        }
        let signer = keys.current.first { key in
            HMAC<Insecure.SHA1>.isValidAuthenticationCode(
                presented, authenticating: Data(content.utf8), using: SymmetricKey(data: Data(key.text.utf8)))
        }
        guard let signer else { return .forged }
        if let proof, !proof.isSigned(with: signer.text) || Int64(proof.time) != startTime { return .forged }
        let wait = startTime - now
        if wait > Self.earliest || -wait > Self.latest { return .outsideWindow }
        if let proof {
            guard let peer, proof.isFor(peer, key: signer.text) else { return .wrongAddress }
        } else if demandsAddress {
            return .withoutAddress
        }
        return wait > 0 ? .early(keyLabel: signer.label, seconds: wait) : .valid(keyLabel: signer.label)
    }

    /// The key that signed a proof's time; nil when none did.
    func signer(of proof: RMBTAddressProof) -> Key? {
        keys.current.first { proof.isSigned(with: $0.text) }
    }
}
