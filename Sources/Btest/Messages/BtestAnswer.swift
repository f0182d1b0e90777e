/// The server's answer to a command, and its last word after authentication (docs/protocols/btest.md, Control
/// connection).
public enum BtestAnswer: Sendable, Equatable {
    /// Begin. With a token where several TCP connections were asked for, to be named by each further one.
    case begin(token: UInt16?)
    /// Log in with MD5, with this challenge.
    case md5(nonce: [UInt8])
    case ecSRP5
    case refused

    public static let nonceLength = 16

    /// What the bytes so far amount to.
    public enum Decoded: Sendable, Equatable {
        case answer(BtestAnswer, length: Int)
        case incomplete
        case invalid
    }

    /// Reads an answer from the front of `bytes`, which may be cut anywhere.
    public static func decode(_ bytes: some Collection<UInt8>) -> Decoded {
        let wire = Array(bytes.prefix(4 + nonceLength))
        guard wire.count >= 4 else { return .incomplete }
        switch wire[0] {
        case 0 where wire[1...3] == [0, 0, 0]: return .answer(.refused, length: 4)
        case 1 where wire[3] == 0:
            let token = UInt16(wire[1]) << 8 | UInt16(wire[2])
            return .answer(.begin(token: token == 0 ? nil : token), length: 4)
        case 2 where wire[1...3] == [0, 0, 0]:
            guard wire.count == 4 + nonceLength else { return .incomplete }
            return .answer(.md5(nonce: Array(wire[4...])), length: wire.count)
        case 3 where wire[1...3] == [0, 0, 0]: return .answer(.ecSRP5, length: 4)
        default: return .invalid
        }
    }

    /// The bytes on the wire.
    public var encoded: [UInt8] {
        switch self {
        case .begin(let token):
            [1, UInt8(truncatingIfNeeded: (token ?? 0) >> 8), UInt8(truncatingIfNeeded: token ?? 0), 0]
        case .md5(let nonce): [2, 0, 0, 0] + nonce
        case .ecSRP5: [3, 0, 0, 0]
        case .refused: [0, 0, 0, 0]
        }
    }
}
