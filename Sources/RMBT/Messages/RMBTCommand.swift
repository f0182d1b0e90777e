/// A line that a client sends (docs/protocols/rmbt.md, Commands).
public enum RMBTCommand: Sendable, Equatable {
    case token(String)
    /// A number of chunks from the server.
    case getChunks(count: Int, size: Int?)
    /// Chunks from the server for some seconds.
    case getTime(seconds: Int, size: Int?)
    /// Chunks to the server, which reports what it received meanwhile.
    case put(size: Int?)
    /// Chunks to the server, which reports only the time at their end.
    case putNoResult(size: Int?)
    /// Chunks to the server, which reports all it noted at their end: met on one server, and offered by none.
    case putTimeResult(size: Int?)
    case ping
    /// The client has received what it asked for.
    case ok
    case quit

    /// Reads a line without its end.
    ///
    /// - Returns: nil for an unknown command, or one with missing, additional or malformed arguments: words stand one space apart, with
    ///   no space or tab before, behind or between them beside that, and numbers are digits without a sign. Numbers are not checked
    ///   against a server's limits here.
    public init?(decoding line: String) {
        let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard let name = words.first else { return nil }
        let arguments = Array(words.dropFirst())
        switch (name, arguments.count) {
        case ("TOKEN", 1):
            guard !arguments[0].isEmpty else { return nil }
            self = .token(arguments[0])
        case ("GETCHUNKS", 1...2), ("GETTIME", 1...2):
            guard let count = Self.number(arguments[0]) else { return nil }
            var size: Int?
            if arguments.count == 2 {
                guard let given = Self.number(arguments[1]) else { return nil }
                size = given
            }
            self = name == "GETTIME" ? .getTime(seconds: count, size: size) : .getChunks(count: count, size: size)
        case ("PUT", 0...1), ("PUTNORESULT", 0...1), ("PUTTIMERESULT", 0...1):
            var size: Int?
            if let text = arguments.first {
                guard let given = Self.number(text) else { return nil }
                size = given
            }
            self =
                switch name {
                case "PUT": .put(size: size)
                case "PUTNORESULT": .putNoResult(size: size)
                default: .putTimeResult(size: size)
                }
        case ("PING", 0): self = .ping
        case ("OK", 0): self = .ok
        case ("QUIT", 0): self = .quit
        default: return nil
        }
    }

    /// Digits only, at most 18 of them: what fits without overflow.
    private static func number(_ text: String) -> Int? {
        guard !text.isEmpty, text.utf8.count <= 18, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text)
    }

    /// The line with its end.
    public var line: String {
        func sized(_ name: String, _ size: Int?) -> String { size.map { "\(name) \($0)\n" } ?? name + "\n" }
        return switch self {
        case .token(let token): "TOKEN \(token)\n"
        case .getChunks(let count, let size): sized("GETCHUNKS \(count)", size)
        case .getTime(let seconds, let size): sized("GETTIME \(seconds)", size)
        case .put(let size): sized("PUT", size)
        case .putNoResult(let size): sized("PUTNORESULT", size)
        case .putTimeResult(let size): sized("PUTTIMERESULT", size)
        case .ping: "PING\n"
        case .ok: "OK\n"
        case .quit: "QUIT\n"
        }
    }
}
