/// What makes two verifiers of one password differ: 16 bytes that the server chooses and tells every client.
public struct Salt: Hashable, Sendable {
    /// Length in bytes.
    public static let byteCount = 16

    public let bytes: [UInt8]

    /// - Throws: ``ECSRP5Error/wrongLength(expected:found:)`` unless there are 16 bytes.
    public init(bytes: [UInt8]) throws(ECSRP5Error) {
        guard bytes.count == Self.byteCount else {
            throw .wrongLength(expected: Self.byteCount, found: bytes.count)
        }
        self.bytes = bytes
    }
}
