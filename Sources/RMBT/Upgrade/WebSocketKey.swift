import Crypto
import Foundation

/// The key of a WebSocket handshake, which proves that the other side speaks it (RFC 6455, sections 1.3 and 4).
struct WebSocketKey: Sendable, Equatable {
    /// Base64 of 16 bytes.
    let text: String

    /// Section 1.3.
    private static let suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    /// - Returns: nil where `text` is not base64 of 16 bytes.
    init?(_ text: String) {
        guard Data(base64Encoded: text)?.count == 16 else { return nil }
        self.text = text
    }

    /// A fresh one.
    init() {
        var random = SystemRandomNumberGenerator()
        text = Data((0..<16).map { _ in UInt8.random(in: 0...255, using: &random) }).base64EncodedString()
    }

    /// What the server answers.
    var accept: String {
        Data(Insecure.SHA1.hash(data: Data((text + Self.suffix).utf8))).base64EncodedString()
    }
}
