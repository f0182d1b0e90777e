import NIOCore

/// Reads an HTTP/1.1 message as far as its blank line, however it is cut, in bounded memory.
struct HTTPHeadReader: Sendable {
    enum Failure: Error, Equatable {
        /// More bytes or fields than any client or server sends.
        case tooLarge
        case malformed
    }

    /// Bytes, all line ends included.
    static let mostBytes = 16_384
    static let mostFields = 100

    private var line: [UInt8] = []
    private var bytes = 0
    private var head: HTTPHead?

    /// The first line, as soon as it is whole.
    var startLine: String? { head?.startLine }

    /// Takes what belongs to the head from the front of `input`, and leaves what follows its blank line.
    ///
    /// - Returns: the head; nil when it is not complete.
    /// - Throws: as soon as it cannot become one.
    mutating func read(_ input: inout ByteBuffer) throws(Failure) -> HTTPHead? {
        while let byte: UInt8 = input.readInteger() {
            bytes += 1
            guard bytes <= Self.mostBytes else { throw .tooLarge }
            guard byte == UInt8(ascii: "\n") else {
                // No control character but the tab stands in a head; a TLS handshake begins with one.
                guard byte >= 0x20 && byte != 0x7F || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r") else {
                    throw .malformed
                }
                line.append(byte)
                continue
            }
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            defer { line.removeAll(keepingCapacity: true) }
            if line.isEmpty {
                // Blank lines before the start line do not count (RFC 9112, section 2.2).
                guard let head else { continue }
                return head
            }
            try take()
        }
        return nil
    }

    private mutating func take() throws(Failure) {
        guard !line.contains(UInt8(ascii: "\r")) else { throw .malformed }
        guard head != nil else {
            head = HTTPHead(startLine: String(decoding: Self.trimmed(line[...]), as: UTF8.self))
            return
        }
        // Neither a line that continues the one before nor a space before the colon is permitted (RFC 9112, section 5).
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0, line[..<colon].allSatisfy(Self.isToken)
        else { throw .malformed }
        guard head?.fields.count ?? 0 < Self.mostFields else { throw .tooLarge }
        head?.add(
            String(decoding: line[..<colon], as: UTF8.self).lowercased(),
            String(decoding: Self.trimmed(line[(colon + 1)...]), as: UTF8.self))
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        let head = bytes.drop(while: isSpace)
        return head.prefix((head.lastIndex { !isSpace($0) } ?? head.startIndex - 1) - head.startIndex + 1)
    }

    /// RFC 9110, section 5.6.2.
    private static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
