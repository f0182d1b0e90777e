/// A point as it travels: its Montgomery x-coordinate and the lowest bit of its y (docs/protocols/ec-srp5.md, Curve).
///
/// A value is well-formed, no more: whether the curve has such a point shows when it is lifted.
public struct MontgomeryPublicKey: Hashable, Sendable {
    /// Length of x and parity together, in bytes.
    public static let byteCount = BigNumber.byteCount + 1

    /// Big-endian, 32 bytes, below 2²⁵⁵ − 19.
    public let x: [UInt8]
    /// The lowest bit of y, 0 or 1.
    public let parity: UInt8

    /// - Parameters:
    ///   - x: 32 bytes, big-endian.
    ///   - parity: 0 or 1.
    /// - Throws: ``ECSRP5Error/wrongLength(expected:found:)``, ``ECSRP5Error/parityOutOfRange(_:)`` or
    ///   ``ECSRP5Error/coordinateOutOfRange``.
    public init(x: [UInt8], parity: UInt8) throws(ECSRP5Error) {
        guard x.count == BigNumber.byteCount else {
            throw .wrongLength(expected: BigNumber.byteCount, found: x.count)
        }
        guard parity <= 1 else { throw .parityOutOfRange(parity) }
        guard x.lexicographicallyPrecedes(CurveParameters.p) else { throw .coordinateOutOfRange }
        self.x = x
        self.parity = parity
    }

    /// Reads x, 32 bytes, and the parity byte after it.
    init(decoding bytes: some Collection<UInt8>) throws(ECSRP5Error) {
        guard let parity = bytes.suffix(1).first else { throw .wrongLength(expected: Self.byteCount, found: 0) }
        try self.init(x: Array(bytes.dropLast()), parity: parity)
    }

    /// x and the parity byte, 33 bytes.
    var bytes: [UInt8] { x + [parity] }
}
