import COpenSSL

/// libcrypto's store of intermediate numbers. It may not be shared by threads, so each calculation makes its own.
final class NumberContext {
    let pointer: OpaquePointer

    init() throws(ECSRP5Error) {
        pointer = try LibcryptoResult.unwrap(BN_CTX_secure_new(), "BN_CTX_secure_new")
    }

    deinit {
        BN_CTX_free(pointer)
    }
}
