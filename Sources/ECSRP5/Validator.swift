import Crypto

/// i of the protocol: the scalar that follows from a salt, a user name and a password
/// (docs/protocols/ec-srp5.md, Computation).
struct Validator {
    /// H(user ":" password), which stands for the password, so that a handshake need not keep it.
    struct Identity: Sendable, CustomStringConvertible, CustomReflectable {
        private let digest: SymmetricKey

        init(user: String, password: String) {
            digest = SymmetricKey(data: Array(SHA256.hash(data: Array("\(user):\(password)".utf8))))
        }

        fileprivate func validator(salt: [UInt8]) -> SHA256.Digest {
            var hash = SHA256()
            hash.update(data: salt)
            digest.withUnsafeBytes { hash.update(bufferPointer: $0) }
            return hash.finalize()
        }

        var description: String { "<identity>" }
        var customMirror: Mirror { Mirror(self, children: [:]) }
    }

    let privateKey: PrivateKey

    init(salt: [UInt8], identity: Identity) throws(ECSRP5Error) {
        privateKey = try PrivateKey(bytes: Array(identity.validator(salt: salt)))
    }
}
