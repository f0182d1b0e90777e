import Transfer

/// A line that a server sends (docs/protocols/rmbt.md, Greeting and token; Commands).
public enum RMBTReply: Sendable, Equatable {
    /// The server's version, such as `RMBTv1.3.5`.
    case greeting(String)
    /// What the server would take next.
    case accept([String])
    case ok
    case error
    case bye
    case chunkSize(default: Int, minimum: Int, maximum: Int)
    case pong
    /// Nanoseconds since the command.
    case time(Int64)
    /// Nanoseconds and bytes since the command.
    case timeBytes(Int64, Int64)
    /// Nanoseconds and bytes since the command, all that a server noted: both rise.
    case timeResult([TransferTuple])

    /// The line before a token; clients compare it as a whole.
    public static let acceptToken = "ACCEPT TOKEN QUIT\n"
    /// The line before every further command; clients compare it as a whole.
    public static let acceptCommands = "ACCEPT GETCHUNKS GETTIME PUT PUTNORESULT PING QUIT\n"

    /// The longest `TIMERESULT` that is read, in bytes; this server's are below 256 KiB.
    public static let longestTimeResult = 1 << 20

    /// The line with its end that reports an upload's tuples.
    static func timeResultLine(_ tuples: [TransferTuple]) -> String {
        "TIMERESULT " + tuples.map { "(\($0.nanoseconds) \($0.bytes))" }.joined(separator: "; ") + "\n"
    }

    /// Reads a line without its end.
    ///
    /// - Returns: nil for what no server sends: unknown words, negative or oversized numbers, chunk sizes that contradict
    ///   each other or the specification's range.
    public init?(decoding line: String) {
        if line.hasPrefix("TIMERESULT ") {
            guard let tuples = Self.tuples(line) else { return nil }
            self = .timeResult(tuples)
            return
        }
        let words = line.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
        guard let name = words.first else { return nil }
        switch (name, words.count) {
        case ("ACCEPT", 2...16): self = .accept(Array(words.dropFirst()))
        case ("OK", 1): self = .ok
        case ("ERR", _): self = .error
        case ("BYE", 1): self = .bye
        case ("PONG", 1): self = .pong
        case ("CHUNKSIZE", 2), ("CHUNKSIZE", 4):
            // Servers of version 0.3 name one size and know no other.
            let sizes = words.dropFirst().compactMap(Self.number)
            guard sizes.count == words.count - 1, let first = sizes.first else { return nil }
            let minimum = sizes.count == 3 ? sizes[1] : first
            let maximum = sizes.count == 3 ? sizes[2] : first
            guard minimum >= ChunkSizes.smallest, minimum <= first, first <= maximum, maximum <= ChunkSizes.largest
            else {
                return nil
            }
            self = .chunkSize(default: Int(first), minimum: Int(minimum), maximum: Int(maximum))
        case ("TIME", 2):
            guard let time = Self.number(words[1]) else { return nil }
            self = .time(time)
        case ("TIME", 4):
            guard words[2] == "BYTES", let time = Self.number(words[1]), let bytes = Self.number(words[3]) else {
                return nil
            }
            self = .timeBytes(time, bytes)
        default:
            guard line.hasPrefix("RMBTv"), words.count == 1, name.utf8.count <= 64 else { return nil }
            self = .greeting(name)
        }
    }

    /// Whether what came instead of a stream of chunks is the answer to a command that is not taken.
    enum RefusalInsteadOfChunks: Equatable {
        case whole
        /// It may become one. With the ERR of its first line whole, it is one if nothing follows.
        case begun(hasError: Bool)
        case none
    }

    /// Random chunks begin like this once in 2⁸⁸ times; ERR alone would be met once in 2³².
    private static let refusals = ["ERR\nACCEPT ", "ERR\r\nACCEPT "].map { Array($0.utf8) }

    /// - Parameter bytes: all that has come since the command.
    static func refusalInsteadOfChunks(_ bytes: some Collection<UInt8>) -> RefusalInsteadOfChunks {
        for refusal in refusals {
            if bytes.starts(with: refusal) { return .whole }
            if refusal.starts(with: bytes) { return .begun(hasError: bytes.contains(UInt8(ascii: "\n"))) }
        }
        return .none
    }

    /// `TIMERESULT (t b); (t b)`; nil where one of them runs backwards.
    private static func tuples(_ line: String) -> [TransferTuple]? {
        guard line.utf8.count <= longestTimeResult else { return nil }
        var tuples: [TransferTuple] = []
        for part in line.dropFirst("TIMERESULT ".count).split(separator: ";", omittingEmptySubsequences: false) {
            let pair = part.drop { $0 == " " }
            guard pair.first == "(", pair.last == ")" else { return nil }
            let numbers = pair.dropFirst().dropLast().split(separator: " ").map { number(String($0)) }
            guard numbers.count == 2, let time = numbers[0], let bytes = numbers[1] else { return nil }
            if let last = tuples.last, time < last.nanoseconds || bytes < last.bytes { return nil }
            tuples.append(TransferTuple(nanoseconds: time, bytes: bytes))
        }
        return tuples
    }

    private static func number(_ text: String) -> Int64? {
        guard !text.isEmpty, text.utf8.count <= 18, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int64(text)
    }
}
