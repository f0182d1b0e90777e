import NIOCore

/// Cuts a stream into lines: LF ends one, a CR before it does not count.
struct LineBuffer {
    /// Longest line, its end included; the field's servers know the same limit.
    static let limit = 1024

    /// Printable ASCII, and the tab: a line that has one is text, though no command.
    private static func isText(_ byte: UInt8) -> Bool { (0x20...0x7E).contains(byte) || byte == UInt8(ascii: "\t") }
    private static let carriageReturn = UInt8(ascii: "\r")

    enum Failure: Error, Equatable {
        case lineTooLong
        case notText
    }

    private var skipsNULs: Bool
    /// Bytes of the line at the front that were looked at before: a long line that drips in costs its length once.
    private var searched = 0

    /// - Parameter skippingLeadingNULs: before the first line, where a server may send some
    ///   (docs/protocols/rmbt.md, Three ways in).
    init(skippingLeadingNULs: Bool = false) {
        skipsNULs = skippingLeadingNULs
    }

    /// Takes the next whole line from the front of `input`, which between two calls only grows at its end while a line is
    /// incomplete.
    ///
    /// - Parameter limit: the longest line that may come now, its end included.
    /// - Returns: the line without its end; nil when it is not complete.
    mutating func nextLine(in input: inout ByteBuffer, limit: Int = Self.limit) throws(Failure) -> String? {
        if skipsNULs {
            let count = input.readableBytesView.prefix { $0 == 0 }.count
            input.moveReaderIndex(forwardBy: count)
        }
        let view = input.readableBytesView.prefix(limit)
        let fresh = view.dropFirst(searched)
        guard let end = fresh.firstIndex(of: UInt8(ascii: "\n")) else {
            // What cannot become text, such as a TLS handshake, need not be waited for.
            guard fresh.allSatisfy({ Self.isText($0) || $0 == Self.carriageReturn }) else { throw .notText }
            guard view.count < limit else { throw .lineTooLong }
            searched = view.count
            return nil
        }
        skipsNULs = false
        searched = 0
        var bytes = view[view.startIndex..<end]
        if bytes.last == Self.carriageReturn { bytes.removeLast() }
        guard bytes.allSatisfy(Self.isText) else { throw .notText }
        let line = String(decoding: bytes, as: UTF8.self)
        input.moveReaderIndex(forwardBy: end - view.startIndex + 1)
        return line
    }
}
