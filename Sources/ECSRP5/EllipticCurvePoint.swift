import COpenSSL

/// A point of ``EllipticCurve``, wiped when it is freed: differences of points can be as secret as scalars.
final class EllipticCurvePoint {
    let pointer: OpaquePointer

    /// The point at infinity.
    init(on group: CurveGroup) throws(ECSRP5Error) {
        pointer = try LibcryptoResult.unwrap(EC_POINT_new(group.pointer), "EC_POINT_new")
    }

    deinit {
        EC_POINT_clear_free(pointer)
    }
}
