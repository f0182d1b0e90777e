/// A command line as btest-rs takes it (its README, CLI Reference).
struct BtestLine: Equatable {
    /// Why it is none. The sentence never holds a password.
    struct Problem: Error, Equatable {
        let sentence: String

        init(_ sentence: String) {
            self.sentence = sentence
        }
    }

    var isServer = false
    /// The host of `-c`.
    var host: String?
    var transmits = false
    var receives = false
    var isUDP = false
    var bandwidth: String?
    var port: String?
    var listen: String?
    /// Given, with or without an address of its own.
    var listen6: String?
    var user: String?
    var password: String?
    var wantsECSRP5 = false
    var opensNAT = false
    var duration: String?
    var csv: String?
    var isQuiet = false
    var syslog: String?
    var verbosity = 0
    var wantsHelp = false
    var wantsVersion = false

    private enum Option: String {
        case server, client, transmit, receive, udp, bandwidth, port, listen, listen6, authuser, authpass, ecsrp5, nat,
            duration, csv
        case quiet, syslog, verbose, help, version

        /// Of its value.
        enum Need {
            case none, optional, required
        }

        var need: Need {
            switch self {
            case .server, .transmit, .receive, .udp, .ecsrp5, .nat, .quiet, .verbose, .help, .version: .none
            case .listen6: .optional
            case .client, .bandwidth, .port, .listen, .authuser, .authpass, .duration, .csv, .syslog: .required
            }
        }

        static func short(_ letter: Character) -> Option? {
            switch letter {
            case "s": .server
            case "c": .client
            case "t": .transmit
            case "r": .receive
            case "u": .udp
            case "b": .bandwidth
            case "P": .port
            case "a": .authuser
            case "p": .authpass
            case "n": .nat
            case "d": .duration
            case "q": .quiet
            case "v": .verbose
            case "h": .help
            case "V": .version
            default: nil
            }
        }
    }

    init() {}

    /// Reads the words after the program's name.
    ///
    /// - Parameter acceptsHost: whether a word that belongs to no option is the host, as `probe btest` has it.
    init(parsing arguments: [String], acceptsHost: Bool = false) throws(Problem) {
        var rest = arguments[...]
        while let word = rest.popFirst() {
            if word.hasPrefix("--") {
                let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard let option = Option(rawValue: String(parts.first ?? "")) else {
                    throw Problem("btest has no option --\(parts.first ?? "").")
                }
                let attached = parts.count > 1 ? String(parts[1]) : nil
                if attached != nil, option.need == .none { throw Problem("--\(option.rawValue) takes no value.") }
                try take(option, named: "--\(option.rawValue)", attached, &rest)
            } else if word.hasPrefix("-"), word.count > 1 {
                try takeLetters(word.dropFirst(), &rest)
            } else if acceptsHost, host == nil {
                host = word
            } else {
                throw Problem("btest takes options alone; a host comes after -c.")
            }
        }
    }

    /// `-tr`, `-vv`, `-P2000`, `-P=2000`.
    private mutating func takeLetters(_ word: Substring, _ rest: inout ArraySlice<String>) throws(Problem) {
        var letters = word
        while let letter = letters.popFirst() {
            guard let option = Option.short(letter) else { throw Problem("btest has no option -\(letter).") }
            if option.need == .none {
                try take(option, named: "-\(letter)", nil, &rest)
            } else {
                let attached = letters.hasPrefix("=") ? letters.dropFirst() : letters
                try take(option, named: "-\(letter)", letters.isEmpty ? nil : String(attached), &rest)
                return
            }
        }
    }

    private mutating func take(
        _ option: Option, named name: String, _ attached: String?, _ rest: inout ArraySlice<String>
    ) throws(Problem) {
        var value = attached
        if value == nil, option.need != .none, let next = rest.first, !next.hasPrefix("-") || next == "-" {
            value = rest.popFirst()
        }
        if value == nil, option.need == .required { throw Problem("\(name) needs a value.") }
        switch option {
        case .server: isServer = true
        case .client: host = value
        case .transmit: transmits = true
        case .receive: receives = true
        case .udp: isUDP = true
        case .bandwidth: bandwidth = value
        case .port: port = value
        case .listen: listen = value
        case .listen6: listen6 = value ?? "::"
        case .authuser: user = value
        case .authpass: password = value
        case .ecsrp5: wantsECSRP5 = true
        case .nat: opensNAT = true
        case .duration: duration = value
        case .csv: csv = value
        case .quiet: isQuiet = true
        case .syslog: syslog = value
        case .verbose: verbosity = min(verbosity + 1, 3)
        case .help: wantsHelp = true
        case .version: wantsVersion = true
        }
    }
}
