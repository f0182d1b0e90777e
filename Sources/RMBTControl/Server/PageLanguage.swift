/// The languages of the pages.
enum PageLanguage: String, Sendable, CaseIterable {
    case english = "en"
    case german = "de"

    /// - Parameter languages: tags such as `de-AT`, the one that is liked best first.
    init(preferring languages: [String]) {
        self =
            languages.lazy.compactMap { PageLanguage(rawValue: String($0.lowercased().prefix { $0 != "-" })) }.first
            ?? .english
    }

    /// The one text or the other.
    func text(_ english: String, _ german: String) -> String { self == .english ? english : german }
}
