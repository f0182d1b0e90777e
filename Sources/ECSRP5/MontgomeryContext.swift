import COpenSSL

/// libcrypto's precomputed values for Montgomery multiplication by one modulus.
final class MontgomeryContext {
    let pointer: OpaquePointer

    /// - Parameter modulus: odd.
    init(modulus: BigNumber, context: NumberContext) throws(ECSRP5Error) {
        pointer = try LibcryptoResult.unwrap(BN_MONT_CTX_new(), "BN_MONT_CTX_new")
        try LibcryptoResult.check(BN_MONT_CTX_set(pointer, modulus.pointer, context.pointer), "BN_MONT_CTX_set")
    }

    deinit {
        BN_MONT_CTX_free(pointer)
    }
}
