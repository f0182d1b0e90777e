import COpenSSL
import Crypto

/// Curve25519 with everything that EC-SRP5 calculates on it (docs/protocols/ec-srp5.md, Curve).
///
/// A value belongs to one calculation: libcrypto's contexts may not be shared by threads, and setting a curve up takes
/// about a thirtieth of one multiplication.
struct EllipticCurve {
    private let context: NumberContext
    private let group: CurveGroup
    private let field: PrimeField
    private let order: BigNumber
    private let montgomeryA: BigNumber
    private let montgomeryShift: BigNumber
    private let one: BigNumber

    init() throws(ECSRP5Error) {
        context = try NumberContext()
        group = try CurveGroup(context: context)
        field = try PrimeField(prime: CurveParameters.p)
        order = try BigNumber(CurveParameters.r)
        montgomeryA = try BigNumber(CurveParameters.montgomeryA)
        montgomeryShift = try BigNumber(CurveParameters.montgomeryShift)
        one = try BigNumber(1)
    }

    // MARK: Points and keys

    /// The point that a peer's key names.
    ///
    /// - Throws: ``ECSRP5Error/noSuchPoint`` or, for a point that eight times added to itself vanishes,
    ///   ``ECSRP5Error/smallOrderPoint``.
    func point(_ key: MontgomeryPublicKey) throws(ECSRP5Error) -> EllipticCurvePoint {
        let x = try BigNumber(key.x)
        let ySquared = try rightSide(at: x)
        // Only (0, 0), of order 2, has no second root; it is refused whatever parity it claims.
        guard !ySquared.isZero else { throw .smallOrderPoint }
        guard try field.isNonzeroSquare(ySquared) else { throw .noSuchPoint }
        let point = try point(x: x, ySquared: ySquared, parity: key.parity)
        guard try !hasSmallOrder(point) else { throw .smallOrderPoint }
        return point
    }

    /// The key that names a point.
    ///
    /// - Throws: ``ECSRP5Error/pointAtInfinity``, which has no coordinates.
    func key(_ point: EllipticCurvePoint) throws(ECSRP5Error) -> MontgomeryPublicKey {
        guard !isAtInfinity(point) else { throw .pointAtInfinity }
        let x = try BigNumber()
        let y = try BigNumber()
        try LibcryptoResult.check(
            EC_POINT_get_affine_coordinates(group.pointer, point.pointer, x.pointer, y.pointer, context.pointer),
            "EC_POINT_get_affine_coordinates")
        return try MontgomeryPublicKey(x: field.difference(x, montgomeryShift).bytes(), parity: y.parity)
    }

    /// `redp1` of the protocol: a point that follows from x alone and whose multiple of the generator nobody knows.
    ///
    /// The candidates are tried one after the other, and about every second one exists. How many it takes depends on
    /// the password, so a fixed number of them is always tried: else the time of a login would help a server that
    /// chooses salts to guess the client's password, and a client to tell known names from made-up ones.
    func maskingPoint(_ x: [UInt8], parity: UInt8) throws(ECSRP5Error) -> EllipticCurvePoint {
        var counter = Array(SHA256.hash(data: x))
        var chosen = [UInt8](repeating: 0, count: BigNumber.byteCount)
        var notFound: UInt8 = 0xff
        var round = 0
        // All of the rounds fail once in 2³² passwords; then, and only then, it goes on.
        while round < Self.maskingRounds || notFound != 0 {
            let candidate = try field.reduced(BigNumber(Array(SHA256.hash(data: counter))))
            let exists: UInt8 = try field.isNonzeroSquare(rightSide(at: candidate)) ? 0xff : 0
            let take = exists & notFound
            for (index, byte) in try candidate.bytes().enumerated() {
                chosen[index] |= byte & take
            }
            notFound &= ~exists
            Self.increment(&counter)
            round += 1
        }
        let chosenX = try BigNumber(chosen)
        return try point(x: chosenX, ySquared: rightSide(at: chosenX), parity: parity)
    }

    // MARK: Arithmetic

    /// `scalar`·G, in a time that does not depend on the scalar.
    func generatorMultiple(_ scalar: BigNumber) throws(ECSRP5Error) -> EllipticCurvePoint {
        let result = try EllipticCurvePoint(on: group)
        let code = EC_POINT_mul(group.pointer, result.pointer, scalar.pointer, nil, nil, context.pointer)
        try LibcryptoResult.check(code, "EC_POINT_mul")
        return result
    }

    /// `scalar`·`point`, in a time that does not depend on the scalar.
    func multiple(
        _ scalar: BigNumber, _ point: EllipticCurvePoint
    ) throws(ECSRP5Error) -> EllipticCurvePoint {
        let result = try EllipticCurvePoint(on: group)
        let code = EC_POINT_mul(group.pointer, result.pointer, nil, point.pointer, scalar.pointer, context.pointer)
        try LibcryptoResult.check(code, "EC_POINT_mul")
        return result
    }

    func sum(
        _ a: EllipticCurvePoint, _ b: EllipticCurvePoint
    ) throws(ECSRP5Error) -> EllipticCurvePoint {
        let result = try EllipticCurvePoint(on: group)
        let code = EC_POINT_add(group.pointer, result.pointer, a.pointer, b.pointer, context.pointer)
        try LibcryptoResult.check(code, "EC_POINT_add")
        return result
    }

    /// `a`·`b` + `c` modulo the generator's order.
    func productSum(
        _ a: BigNumber, _ b: BigNumber, plus c: BigNumber
    ) throws(ECSRP5Error) -> BigNumber {
        let product = try BigNumber()
        let result = try BigNumber()
        try LibcryptoResult.check(
            BN_mod_mul(product.pointer, a.pointer, b.pointer, order.pointer, context.pointer), "BN_mod_mul")
        try LibcryptoResult.check(
            BN_mod_add(result.pointer, product.pointer, c.pointer, order.pointer, context.pointer), "BN_mod_add")
        return result
    }

    // MARK: Steps

    static let maskingRounds = 32

    /// x³ + A·x² + x, the square of the y that belongs to a Montgomery x.
    private func rightSide(at x: BigNumber) throws(ECSRP5Error) -> BigNumber {
        let linear = try field.product(field.sum(x, montgomeryA), x)
        return try field.product(field.sum(linear, one), x)
    }

    /// - Parameter ySquared: ``rightSide(at:)`` of x, which must be a square.
    private func point(
        x: BigNumber, ySquared: BigNumber, parity: UInt8
    ) throws(ECSRP5Error) -> EllipticCurvePoint {
        let root = try field.squareRoot(ySquared)
        let otherRoot = try field.difference(field.prime, root)
        let y = root.parity == parity ? root.pointer : otherRoot.pointer
        let weierstrassX = try field.sum(x, montgomeryShift)
        let point = try EllipticCurvePoint(on: group)
        try LibcryptoResult.check(
            EC_POINT_set_affine_coordinates(group.pointer, point.pointer, weierstrassX.pointer, y, context.pointer),
            "EC_POINT_set_affine_coordinates")
        return point
    }

    private func hasSmallOrder(_ point: EllipticCurvePoint) throws(ECSRP5Error) -> Bool {
        let multiple = try EllipticCurvePoint(on: group)
        try LibcryptoResult.check(EC_POINT_copy(multiple.pointer, point.pointer), "EC_POINT_copy")
        for _ in 0..<3 {
            try LibcryptoResult.check(
                EC_POINT_dbl(group.pointer, multiple.pointer, multiple.pointer, context.pointer), "EC_POINT_dbl")
        }
        return isAtInfinity(multiple)
    }

    private func isAtInfinity(_ point: EllipticCurvePoint) -> Bool {
        EC_POINT_is_at_infinity(group.pointer, point.pointer) == 1
    }

    /// Adds one to a big-endian number; the largest one becomes zero.
    private static func increment(_ number: inout [UInt8]) {
        for index in number.indices.reversed() {
            number[index] &+= 1
            if number[index] != 0 { return }
        }
    }
}
