import COpenSSL

/// One of libcrypto's numbers, wiped when it is freed.
///
/// libcrypto takes its constant-time paths for a number that carries `BN_FLG_CONSTTIME`. All numbers here do: few of
/// them are public, and a flag that is always set cannot be forgotten.
final class BigNumber {
    /// Length of every number of this curve on the wire, in bytes.
    static let byteCount = 32

    let pointer: OpaquePointer

    /// Zero.
    init() throws(ECSRP5Error) {
        pointer = try LibcryptoResult.unwrap(BN_secure_new(), "BN_secure_new")
        BN_set_flags(pointer, BN_FLG_CONSTTIME)
    }

    /// Reads a big-endian number of any length.
    convenience init(_ bytes: [UInt8]) throws(ECSRP5Error) {
        try self.init()
        let read = bytes.withUnsafeBufferPointer { BN_bin2bn($0.baseAddress, Int32(clamping: $0.count), pointer) }
        _ = try LibcryptoResult.unwrap(read, "BN_bin2bn")
    }

    convenience init(_ word: UInt) throws(ECSRP5Error) {
        try self.init()
        try LibcryptoResult.check(BN_set_word(pointer, word), "BN_set_word")
    }

    deinit {
        BN_clear_free(pointer)
    }

    /// The number in 32 big-endian bytes.
    ///
    /// - Throws: when it does not fit, which no number below the prime does.
    func bytes() throws(ECSRP5Error) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Self.byteCount)
        let written = bytes.withUnsafeMutableBufferPointer {
            BN_bn2binpad(pointer, $0.baseAddress, Int32(clamping: $0.count))
        }
        try LibcryptoResult.check(written == Int32(Self.byteCount) ? 1 : 0, "BN_bn2binpad")
        return bytes
    }

    var isZero: Bool { BN_is_zero(pointer) == 1 }
    var isOne: Bool { BN_is_one(pointer) == 1 }
    /// The lowest bit, 0 or 1.
    var parity: UInt8 { BN_is_odd(pointer) == 1 ? 1 : 0 }

    static func < (left: BigNumber, right: BigNumber) -> Bool {
        BN_cmp(left.pointer, right.pointer) < 0
    }
}
