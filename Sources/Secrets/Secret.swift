/// A password or key that never prints, never encodes and never reaches a log, the store, a report or argv.
///
/// Its description, its debug description and its mirror all say `<secret>`. Whoever needs the text asks for it by
/// name, so that a search for `revealed` finds every place where a secret leaves its box.
public struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let text: String

    public init(_ text: String) {
        self.text = text
    }

    /// Hands the text to `body`, for the moment in which it is needed.
    public func revealed<Result>(_ body: (String) throws -> Result) rethrows -> Result {
        try body(text)
    }

    public var description: String { "<secret>" }
    public var debugDescription: String { "<secret>" }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
