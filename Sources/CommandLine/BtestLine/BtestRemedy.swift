import Files
import FleetModel
import Secrets

/// The words of `probe` for those who typed what btest-rs takes.
enum BtestRemedy {
    /// What to say of a command line that `probe` did not understand; nil where it is no such one.
    ///
    /// - Parameter arguments: the words after `probe`.
    static func text(for arguments: [String]) -> String? {
        let isServer = arguments.starts(with: ["serve", "btest"])
        guard isServer || arguments.first == "btest" else { return nil }
        let words = Array(arguments.dropFirst(isServer ? 2 : 1))
        guard isOfBtestRS(words, isServer: isServer) else { return nil }
        guard let line = try? BtestLine(parsing: isServer ? ["-s"] + words : words, acceptsHost: !isServer) else {
            // Options of both programs, or of neither: what was not understood is told as always, but for a password.
            return hasPassword(words) ? "Error: \(noPassword). \(own(isServer))" : nil
        }
        let translated: [String]
        do {
            translated = try line.words()
        } catch {
            return "Error: \(error.sentence) \(own(isServer))"
        }
        let shown = (["probe"] + translated).map { ShellText.quoted($0) }
        guard line.password != nil else {
            return
                "Error: these are options of btest-rs. In the words of probe:\n\n  \(shown.joined(separator: " "))\n\n\(link)"
        }
        let command = shown.joined(separator: " ")
        return """
            Error: these are options of btest-rs, and \(noPassword). In the words of probe:

              \(command) --password-file FILE

            FILE holds the password and has mode 0600. --password-stdin reads it from standard input instead.
            \(link)
            """
    }

    private static let noPassword =
        "no password is taken from the command line, which every user of this machine can read"
    private static let link = "A link to probe with the name btest takes the options of btest-rs as they are."

    private static func own(_ isServer: Bool) -> String {
        let command = isServer ? "probe serve btest" : "probe btest"
        return "`\(command) --help` shows its options; a password comes from --password-file or --password-stdin."
    }

    private static func hasPassword(_ words: [String]) -> Bool {
        words.contains { $0.hasPrefix("--authpass") || ($0.hasPrefix("-p") && !$0.hasPrefix("--")) }
    }

    /// Whether a word stands there that btest-rs knows and the command does not.
    private static func isOfBtestRS(_ words: [String], isServer: Bool) -> Bool {
        let long = ["--server", "--client", "--authuser", "--authpass", "--ecsrp5", "--listen6"]
        for (index, word) in words.enumerated() {
            let next = index + 1 < words.count ? words[index + 1] : nil
            let name = word.split(separator: "=", maxSplits: 1).first.map(String.init) ?? word
            if long.contains(name) { return true }
            guard word.hasPrefix("-"), let letter = word.dropFirst().first else { continue }
            let isShort = !word.hasPrefix("--")
            if isShort, letter == "p" || letter == "s" { return true }
            if isServer {
                if isShort, "aPvq".contains(letter) { return true }
                if ["--port", "--quiet", "--verbose"].contains(name) { return true }
                if word == "--listen", let next, ListenArgument(argument: next) == nil { return true }
            } else if isShort, letter == "c" {
                // `-c 4` is ours, a number of connections.
                let value = word.count > 2 ? String(word.dropFirst(2)) : next
                if let value, Int(value) == nil { return true }
            }
        }
        return false
    }
}
