/// The addresses that begin alike: `192.0.2.0/24`, `2001:db8::/32`, or a single one.
///
/// A range of IPv6 holds no IPv4 address, not even `::/0` does.
public struct AddressRange: Sendable, Hashable, CustomStringConvertible {
    /// The range's first address.
    public let first: IPAddress
    /// How many bits all its addresses share: 0 … 32 for IPv4, 0 … 128 for IPv6.
    public let prefixLength: Int

    /// A range with one address.
    public init(_ address: IPAddress) {
        self.init(first: address, prefixLength: address.bitCount)
    }

    private init(first: IPAddress, prefixLength: Int) {
        self.first = first
        self.prefixLength = prefixLength
    }

    /// Reads `192.0.2.0/24`, `2001:db8::/32` or a bare address.
    ///
    /// - Throws: ``Invalid`` with a sentence that says what to write instead.
    public init(_ text: String) throws(Invalid) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let base = parts.first, !base.contains("%"), let address = IPAddress(String(base)) else {
            throw .noAddress(text)
        }
        guard parts.count == 2 else {
            self.init(address)
            return
        }
        let digits = parts[1]
        guard !digits.isEmpty, digits.count <= 3, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            var length = Int(digits)
        else { throw .noPrefixLength(text, longest: address.bitCount) }
        // ::ffff:192.0.2.0/120 is 192.0.2.0/24.
        if address.isIPv4, base.contains(":") { length -= 96 }
        guard (0...address.bitCount).contains(length) else { throw .noPrefixLength(text, longest: address.bitCount) }
        self.init(first: address.prefix(length), prefixLength: length)
        guard first == address else { throw .beyondPrefix(text, meant: description) }
    }

    public func contains(_ address: IPAddress) -> Bool {
        address.isIPv4 == first.isIPv4 && address.prefix(prefixLength) == first
    }

    /// `192.0.2.0/24`; a single address stands alone.
    public var description: String { prefixLength == first.bitCount ? "\(first)" : "\(first)/\(prefixLength)" }

    /// Why a text is no range.
    public enum Invalid: Error, Sendable, Equatable, CustomStringConvertible {
        case noAddress(String)
        case noPrefixLength(String, longest: Int)
        /// Bits are set behind the prefix: a slip either in the address or in the length.
        case beyondPrefix(String, meant: String)

        public var description: String {
            switch self {
            case .noAddress(let text):
                "\(text.debugDescription) is no address range: write 192.0.2.0/24, 2001:db8::/32 or a single address"
            case .noPrefixLength(let text, let longest):
                "\(text.debugDescription) is no address range: after the slash stands a number from 0 to \(longest)"
            case .beyondPrefix(let text, let meant):
                "\(text.debugDescription) names a single address and a range at once: write \(meant) for the range"
            }
        }
    }
}
