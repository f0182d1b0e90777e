import Crypto

/// The client's proof with MD5, 48 bytes (docs/protocols/btest.md, MD5 authentication).
///
/// MD5 is what RouterOS before 6.43 speaks; it protects a password from nobody who can listen.
public struct MD5Response: Sendable, Equatable {
    public static let length = 48
    /// Longest user name, in bytes of UTF-8.
    public static let longestUserName = 32

    public let digest: [UInt8]
    /// As the bytes on the wire say, which need not be UTF-8.
    public let userName: [UInt8]

    /// Answers a challenge.
    ///
    /// - Returns: nil when the user name has more than 32 bytes or a NUL, and so cannot be sent.
    public init?(userName: String, password: String, nonce: [UInt8]) {
        let name = Array(userName.utf8)
        guard name.count <= Self.longestUserName, !name.contains(0) else { return nil }
        self.userName = name
        digest = Self.digest(password: password, nonce: nonce)
    }

    /// Reads 48 bytes; nil for another number of them. The name ends at its first NUL.
    public init?(decoding bytes: some Collection<UInt8>) {
        guard bytes.count == Self.length else { return nil }
        digest = Array(bytes.prefix(16))
        userName = Array(bytes.dropFirst(16).prefix { $0 != 0 })
    }

    public var encoded: [UInt8] {
        digest + userName + [UInt8](repeating: 0, count: Self.longestUserName - userName.count)
    }

    /// Whether the digest proves this password, compared in constant time.
    public func proves(password: String, nonce: [UInt8]) -> Bool {
        zip(digest, Self.digest(password: password, nonce: nonce)).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// MD5(password ‖ MD5(password ‖ nonce)).
    private static func digest(password: String, nonce: [UInt8]) -> [UInt8] {
        let secret = Array(password.utf8)
        let inner = Insecure.MD5.hash(data: secret + nonce)
        return Array(Insecure.MD5.hash(data: secret + Array(inner)))
    }
}
