/// Takes passwords of a command line out of what is printed about it.
enum PasswordMask {
    private static let names = ["-p", "--password", "--authpass", "--pass", "--passwd"]

    /// - Parameters:
    ///   - text: quotes words of the command line in single quotes.
    ///   - arguments: the words.
    static func masked(_ text: String, arguments: [String]) -> String {
        var result = text
        for (index, word) in arguments.enumerated() {
            if names.contains(word), index + 1 < arguments.count {
                result = result.replacing("'\(arguments[index + 1])'", with: "'…'")
            } else if let name = names.first(where: { word.hasPrefix($0 + "=") }) {
                result = result.replacing(word, with: name + "=…")
            } else if word.hasPrefix("-p"), word.count > 2 {
                result = result.replacing(word, with: "-p…")
            }
        }
        return result
    }
}
