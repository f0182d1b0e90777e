/// Why a secret could not be read. It never holds the secret.
public struct SecretError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public let what: String
    /// What to do about it.
    public let remedy: String

    public init(what: String, remedy: String) {
        self.what = what
        self.remedy = remedy
    }

    /// One sentence.
    public var message: String { "\(what); \(remedy)" }

    public var description: String { message }
}
