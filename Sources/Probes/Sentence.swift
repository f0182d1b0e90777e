/// Error texts as sentences.
enum Sentence {
    /// Begins with a capital letter and ends with a full stop.
    static func from(_ text: String) -> String {
        let capitalised = text.prefix(1).uppercased() + text.dropFirst()
        return capitalised.hasSuffix(".") ? capitalised : capitalised + "."
    }
}
