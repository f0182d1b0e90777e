import Foundation

/// A test that the server refused, and why.
public struct Refusal: Sendable, Equatable {
    public let date: Date
    /// The address that asked.
    public let peer: String
    /// The name that was given, as far as the conversation came to one. It need not be an account's.
    public let user: String?
    /// One sentence for people.
    public let reason: String

    public init(date: Date, peer: String, user: String?, reason: String) {
        self.date = date
        self.peer = peer
        self.user = user
        self.reason = reason
    }
}
