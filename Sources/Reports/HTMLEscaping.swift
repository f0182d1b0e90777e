import Mustache

/// Escapes text for the content and the quoted attributes of HTML and SVG.
///
/// Every template begins with `{{% CONTENT_TYPE: FLEETPROBE_HTML}}` because the package's own escaping compares
/// grapheme clusters: a `<` that shares its cluster with a neighbour (U+0600 before it, a combining mark after it)
/// would pass it. A template that names a content type unknown to the package does not parse, so a forgotten
/// registration fails closed.
struct HTMLEscaping: MustacheContentType {
    static let name = "FLEETPROBE_HTML"

    func escapeText(_ text: String) -> String {
        let visible = VisibleText.of(text, keepsLines: true)
        guard visible.utf8.contains(where: { Self.replacement($0) != nil }) else { return visible }
        var escaped: [UInt8] = []
        escaped.reserveCapacity(visible.utf8.count + 16)
        for byte in visible.utf8 {
            if let replacement = Self.replacement(byte) {
                escaped.append(contentsOf: replacement.utf8)
            } else {
                escaped.append(byte)
            }
        }
        return String(decoding: escaped, as: UTF8.self)
    }

    private static func replacement(_ byte: UInt8) -> String? {
        switch byte {
        case UInt8(ascii: "<"): "&lt;"
        case UInt8(ascii: ">"): "&gt;"
        case UInt8(ascii: "&"): "&amp;"
        case UInt8(ascii: "\""): "&quot;"
        case UInt8(ascii: "'"): "&#39;"
        default: nil
        }
    }
}
