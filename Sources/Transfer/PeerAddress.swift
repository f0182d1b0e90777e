import Glibc

/// An IP address with a port, as the system's socket calls take it.
public struct PeerAddress: Sendable, Hashable, CustomStringConvertible {
    private let bytes: [UInt8]

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Copies a system address.
    ///
    /// - Returns: nil for a length that no IP address has.
    public init?(_ pointer: UnsafePointer<sockaddr>, length: socklen_t) {
        guard length >= socklen_t(MemoryLayout<sockaddr_in>.size), length <= socklen_t(MemoryLayout<sockaddr_in6>.size)
        else { return nil }
        bytes = Array(UnsafeRawBufferPointer(start: pointer, count: Int(length)))
    }

    /// Calls `body` with the address as a `sockaddr`.
    public func withSystemAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        var storage = sockaddr_storage()
        withUnsafeMutableBytes(of: &storage) { $0.copyBytes(from: bytes) }
        return withUnsafePointer(to: storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(bytes.count)) }
        }
    }

    public var isIPv6: Bool { bytes.count == MemoryLayout<sockaddr_in6>.size }

    /// The address without its port: `192.0.2.1`, `2001:db8::1`.
    public var host: String {
        withSystemAddress { address, length in
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            guard
                getnameinfo(address, length, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0
            else { return "?" }
            return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
    }

    /// 0 … 65535.
    public var port: Int {
        // Both families keep the port, big-endian, at bytes 2 and 3.
        bytes.count > 3 ? Int(bytes[2]) << 8 | Int(bytes[3]) : 0
    }

    public var description: String { isIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
