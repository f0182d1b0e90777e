/// What in a peer's frames is against RFC 6455, in words that fit behind "the peer sent".
enum WebSocketViolation: Error, Sendable, Equatable, CustomStringConvertible {
    case unmasked
    case masked
    case reservedBits
    case unknownOpcode(UInt8)
    case fragmentedControl
    case longControl
    case tooLong(UInt64)
    case continuationOfNothing
    case unfinishedMessage
    case malformedClose

    /// A frame of more bytes than this is no measurement.
    static let longestFrame: UInt64 = 1 << 40

    var description: String {
        switch self {
        case .unmasked: "a WebSocket frame without a mask, which a client's must have"
        case .masked: "a WebSocket frame with a mask, which a server's must not have"
        case .reservedBits: "a WebSocket frame with reserved bits set, for an extension that was not agreed upon"
        case .unknownOpcode(let opcode): "a WebSocket frame with the unknown opcode \(opcode)"
        case .fragmentedControl: "a WebSocket control frame in fragments"
        case .longControl: "a WebSocket control frame of more than 125 bytes"
        case .tooLong(let length): "a WebSocket frame of \(length) bytes, more than \(Self.longestFrame)"
        case .continuationOfNothing: "a WebSocket continuation frame where no message had begun"
        case .unfinishedMessage: "a new WebSocket message before the end of the last one"
        case .malformedClose: "a WebSocket close frame with half a status code"
        }
    }
}
