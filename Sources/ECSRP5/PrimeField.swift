import COpenSSL

/// Arithmetic modulo an odd prime.
struct PrimeField {
    let prime: BigNumber
    private let context: NumberContext
    private let montgomery: MontgomeryContext
    /// (prime − 1) / 2, the exponent of Euler's criterion.
    private let eulerExponent: BigNumber

    init(prime bytes: [UInt8]) throws(ECSRP5Error) {
        prime = try BigNumber(bytes)
        context = try NumberContext()
        montgomery = try MontgomeryContext(modulus: prime, context: context)
        eulerExponent = try BigNumber()
        // The prime is odd: the shift drops the one that is to be subtracted.
        try LibcryptoResult.check(BN_rshift1(eulerExponent.pointer, prime.pointer), "BN_rshift1")
    }

    func sum(_ a: BigNumber, _ b: BigNumber) throws(ECSRP5Error) -> BigNumber {
        let result = try BigNumber()
        let code = BN_mod_add(result.pointer, a.pointer, b.pointer, prime.pointer, context.pointer)
        try LibcryptoResult.check(code, "BN_mod_add")
        return result
    }

    func difference(_ a: BigNumber, _ b: BigNumber) throws(ECSRP5Error) -> BigNumber {
        let result = try BigNumber()
        let code = BN_mod_sub(result.pointer, a.pointer, b.pointer, prime.pointer, context.pointer)
        try LibcryptoResult.check(code, "BN_mod_sub")
        return result
    }

    func product(_ a: BigNumber, _ b: BigNumber) throws(ECSRP5Error) -> BigNumber {
        let result = try BigNumber()
        let code = BN_mod_mul(result.pointer, a.pointer, b.pointer, prime.pointer, context.pointer)
        try LibcryptoResult.check(code, "BN_mod_mul")
        return result
    }

    /// The number below the prime that leaves the same remainder.
    func reduced(_ a: BigNumber) throws(ECSRP5Error) -> BigNumber {
        let result = try BigNumber()
        let code = BN_nnmod(result.pointer, a.pointer, prime.pointer, context.pointer)
        try LibcryptoResult.check(code, "BN_nnmod")
        return result
    }

    /// Whether `a` has two square roots, found with the same work for each `a` (Euler's criterion).
    func isNonzeroSquare(_ a: BigNumber) throws(ECSRP5Error) -> Bool {
        let power = try BigNumber()
        let code = BN_mod_exp_mont_consttime(
            power.pointer, a.pointer, eulerExponent.pointer, prime.pointer, context.pointer, montgomery.pointer)
        try LibcryptoResult.check(code, "BN_mod_exp_mont_consttime")
        return power.isOne
    }

    /// One of the roots of `a`, which must be a square.
    func squareRoot(_ a: BigNumber) throws(ECSRP5Error) -> BigNumber {
        let root = try BigNumber()
        let found = BN_mod_sqrt(root.pointer, a.pointer, prime.pointer, context.pointer)
        _ = try LibcryptoResult.unwrap(found, "BN_mod_sqrt")
        return root
    }
}
