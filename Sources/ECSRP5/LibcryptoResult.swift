import COpenSSL

/// Turns libcrypto's ways of saying that a call failed into errors.
enum LibcryptoResult {
    /// - Throws: unless `code` is 1, libcrypto's sign of success.
    static func check(_ code: Int32, _ function: StaticString) throws(ECSRP5Error) {
        guard code == 1 else { throw failure(function) }
    }

    /// - Returns: the pointer, if there is one.
    static func unwrap(_ pointer: OpaquePointer?, _ function: StaticString) throws(ECSRP5Error) -> OpaquePointer {
        guard let pointer else { throw failure(function) }
        return pointer
    }

    /// The oldest entry of this thread's error queue, which is emptied: a later failure must not report this one.
    private static func failure(_ function: StaticString) -> ECSRP5Error {
        let code = ERR_get_error()
        ERR_clear_error()
        return .libcrypto(function: "\(function)", code: UInt(code))
    }
}
