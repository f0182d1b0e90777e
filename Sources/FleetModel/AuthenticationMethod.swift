/// How a test's peer checked who asks; also the least that a target demands (`require_auth`).
public enum AuthenticationMethod: String, Sendable, CaseIterable, Codable {
    case none
    /// The challenge and response of RouterOS before 6.43 (docs/protocols/btest.md, Authentication).
    case md5
    /// Elliptic-curve SRP of RouterOS from 6.43 on (docs/protocols/ec-srp5.md).
    case ecSRP5 = "ec-srp5"
    /// An RMBT token (docs/protocols/rmbt.md, Greeting and token).
    case token
}
