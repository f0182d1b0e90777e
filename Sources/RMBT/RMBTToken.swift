import Crypto
import Foundation

/// Makes the proof that a Control Server permits a test (docs/protocols/rmbt.md, Greeting and token).
public struct RMBTToken: Sendable, Equatable {
    /// The open test uuid, lower case.
    public let uuid: UUID
    /// Unix time in seconds from which the test may start.
    public let startTime: Int64
    /// `<uuid>_<time>_<base64 HMAC-SHA1>`, the whole token of version 1.
    public let text: String

    /// Signs a token of version 1.
    ///
    /// - Parameter key: shared between the Control Server and the RMBT server.
    public init(uuid: UUID, startTime: Int64, key: String) {
        self.uuid = uuid
        self.startTime = startTime
        let content = "\(uuid.uuidString.lowercased())_\(startTime)"
        text = content + "_" + Self.signature(of: content, key: key)
    }

    static func signature(of content: String, key: String) -> String {
        let code = HMAC<Insecure.SHA1>.authenticationCode(
            for: Data(content.utf8), using: SymmetricKey(data: Data(key.utf8)))
        return Data(code).base64EncodedString()
    }
}
