import Crypto
import Foundation
import ServerLimits

/// The 16 bytes that version 2 of a token adds: when it was made, and for which address (docs/protocols/rmbt.md, Greeting and
/// token). Requests of the UDP ping service carry the same bytes.
public struct RMBTAddressProof: Sendable, Equatable {
    static let length = 16

    /// Unix time in seconds.
    public let time: UInt32
    /// The first 8 bytes of HMAC-SHA256 over the time.
    private let timeHash: [UInt8]
    /// The first 4 bytes of HMAC-SHA256 over time and address.
    private let addressHash: [UInt8]

    /// Signs time and address.
    ///
    /// - Parameter key: shared between the Control Server and the RMBT server.
    public init(time: UInt32, address: IPAddress, key: String) {
        self.time = time
        timeHash = Self.timeHash(time, key)
        addressHash = Self.addressHash(time, address, key)
    }

    /// Signs time and address.
    ///
    /// - Parameter host: an IP literal.
    /// - Returns: nil for anything else.
    public init?(time: UInt32, host: String, key: String) {
        guard let address = IPAddress(host) else { return nil }
        self.init(time: time, address: address, key: key)
    }

    /// Reads what was signed elsewhere.
    ///
    /// - Returns: nil unless these are 16 bytes.
    init?(decoding bytes: [UInt8]) {
        guard bytes.count == Self.length else { return nil }
        time = UInt32(bigEndianBytes: bytes.prefix(4))
        timeHash = Array(bytes[4..<12])
        addressHash = Array(bytes[12...])
    }

    /// Reads the part of version 2 of a token, as a client shows it to the UDP ping service; nil where there is none.
    public init?(ofToken token: String) {
        let parts = token.split(separator: "_", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        self.init(part: parts[3])
    }

    /// - Parameter part: `#v2#` and the bytes in base64.
    init?(part: Substring) {
        guard part.hasPrefix(RMBTToken.secondPartPrefix) else { return nil }
        guard let bytes = Data(base64Encoded: String(part.dropFirst(RMBTToken.secondPartPrefix.count))) else {
            return nil
        }
        self.init(decoding: Array(bytes))
    }

    /// The 16 bytes.
    public var encoded: [UInt8] { time.bigEndianBytes + timeHash + addressHash }

    /// Whether this key signed the time.
    func isSigned(with key: String) -> Bool {
        Self.areEqual(timeHash, Self.timeHash(time, key))
    }

    /// Whether this key signed the address.
    func isFor(_ address: IPAddress, key: String) -> Bool {
        Self.areEqual(addressHash, Self.addressHash(time, address, key))
    }

    private static func timeHash(_ time: UInt32, _ key: String) -> [UInt8] {
        Array(code(time.bigEndianBytes, key).prefix(8))
    }

    private static func addressHash(_ time: UInt32, _ address: IPAddress, _ key: String) -> [UInt8] {
        Array(code(time.bigEndianBytes + address.bytes, key).prefix(4))
    }

    private static func code(_ content: [UInt8], _ key: String) -> HMAC<SHA256>.MAC {
        HMAC<SHA256>.authenticationCode(for: content, using: SymmetricKey(data: Data(key.utf8)))
    }

    /// Takes as long for codes that differ in the first byte as for those that differ in the last.
    private static func areEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        one.count == other.count && zip(one, other).reduce(0 as UInt8) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
