import COpenSSL

/// libcrypto's description of Curve25519 in short Weierstrass form (docs/protocols/ec-srp5.md, Curve).
final class CurveGroup {
    let pointer: OpaquePointer

    init(context: NumberContext) throws(ECSRP5Error) {
        let p = try BigNumber(CurveParameters.p)
        let a = try BigNumber(CurveParameters.a)
        let b = try BigNumber(CurveParameters.b)
        let group = EC_GROUP_new_curve_GFp(p.pointer, a.pointer, b.pointer, context.pointer)
        pointer = try LibcryptoResult.unwrap(group, "EC_GROUP_new_curve_GFp")
        try setGenerator(context: context)
    }

    deinit {
        EC_GROUP_free(pointer)
    }

    /// libcrypto multiplies by a ladder of fixed length only for groups whose order and cofactor it knows. Without them
    /// it falls back to a method whose time depends on the scalar.
    private func setGenerator(context: NumberContext) throws(ECSRP5Error) {
        let x = try BigNumber(CurveParameters.generatorX)
        let y = try BigNumber(CurveParameters.generatorY)
        let order = try BigNumber(CurveParameters.r)
        let cofactor = try BigNumber(CurveParameters.cofactor)
        let generator = try EllipticCurvePoint(on: self)
        try LibcryptoResult.check(
            EC_POINT_set_affine_coordinates(pointer, generator.pointer, x.pointer, y.pointer, context.pointer),
            "EC_POINT_set_affine_coordinates")
        try LibcryptoResult.check(
            EC_GROUP_set_generator(pointer, generator.pointer, order.pointer, cofactor.pointer),
            "EC_GROUP_set_generator")
    }
}
