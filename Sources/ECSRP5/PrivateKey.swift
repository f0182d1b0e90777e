import Crypto

/// A secret scalar of one handshake. It does not print, and its memory is wiped when it is freed.
public struct PrivateKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// swift-crypto's key type is used as what it is: bytes that are wiped and compared in constant time.
    private let storage: SymmetricKey

    /// A given scalar, for known answers. Each real handshake needs a fresh ``random(using:)`` one.
    ///
    /// - Parameter bytes: 32 bytes, big-endian. A multiple of the generator's order has no public key; the handshake
    ///   refuses it.
    /// - Throws: ``ECSRP5Error/wrongLength(expected:found:)``.
    public init(bytes: [UInt8]) throws(ECSRP5Error) {
        guard bytes.count == BigNumber.byteCount else {
            throw .wrongLength(expected: BigNumber.byteCount, found: bytes.count)
        }
        storage = SymmetricKey(data: bytes)
    }

    private init(storage: SymmetricKey) {
        self.storage = storage
    }

    /// A fresh scalar of the system's random source.
    public static func random() -> PrivateKey {
        var generator = SystemRandomNumberGenerator()
        return random(using: &generator)
    }

    /// A scalar evenly drawn from 1 ..< r.
    public static func random(using generator: inout some RandomNumberGenerator) -> PrivateKey {
        // r is a little more than 2²⁵²: of numbers of 253 bits about half are below it.
        let topByteMask: UInt8 = 0x1f
        while true {
            var bytes = (0..<BigNumber.byteCount).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            bytes[0] &= topByteMask
            let isZero = bytes.reduce(0, |) == 0
            if !isZero, bytes.lexicographicallyPrecedes(CurveParameters.r) {
                return PrivateKey(storage: SymmetricKey(data: bytes))
            }
        }
    }

    func number() throws(ECSRP5Error) -> BigNumber {
        try BigNumber(storage.withUnsafeBytes { Array($0) })
    }

    public var description: String { "<private key>" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
