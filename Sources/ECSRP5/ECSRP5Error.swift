/// Why a handshake ended. None of the cases carries a password, a scalar or a proof.
public enum ECSRP5Error: Error, Equatable, Sendable {
    /// A message, key, salt or proof has another length than the protocol gives it, in bytes.
    case wrongLength(expected: Int, found: Int)
    /// Message 1 has no NUL where its user name must end.
    case userNameNotTerminated
    /// A user name holds a NUL or is not UTF-8.
    case userNameMalformed
    /// A user name is longer than the 221 bytes for which message 1 has room.
    case userNameTooLong(bytes: Int)
    /// A parity byte is neither 0 nor 1.
    case parityOutOfRange(UInt8)
    /// An x-coordinate is not below the field's prime.
    case coordinateOutOfRange
    /// No point of the curve has this x-coordinate and parity.
    case noSuchPoint
    /// The point lies in the curve's subgroup of order 8, where it would give the secret away or fix the key.
    case smallOrderPoint
    /// A sum or multiple that has to be a point is the point at infinity.
    case pointAtInfinity
    /// The peer's proof is not the expected one: the ends hold different passwords, or somebody stands between them.
    case proofMismatch
    /// A message came twice, too early, or after the handshake had ended.
    case messageOutOfOrder
    /// libcrypto refused a call; the code is its own, for `openssl errstr`.
    case libcrypto(function: String, code: UInt)
}
