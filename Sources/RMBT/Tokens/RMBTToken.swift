import Crypto
import Foundation
import ServerLimits

/// Makes the proof that a Control Server permits a test (docs/protocols/rmbt.md, Greeting and token).
public struct RMBTToken: Sendable, Equatable {
    /// The open test uuid, lower case.
    public let uuid: UUID
    /// Unix time in seconds from which the test may start.
    public let startTime: Int64
    /// `<uuid>_<time>_<base64 HMAC-SHA1>`, the whole token of version 1; behind it, in a token of version 2, `_#v2#` and
    /// ``RMBTAddressProof`` in base64.
    public let text: String

    /// Before the part of version 2.
    static let secondPartPrefix = "#v2#"

    /// Signs a token of version 1.
    ///
    /// - Parameter key: shared between the Control Server and the RMBT server.
    public init(uuid: UUID, startTime: Int64, key: String) {
        self.uuid = uuid
        self.startTime = startTime
        let content = "\(uuid.uuidString.lowercased())_\(startTime)"
        text = content + "_" + Self.signature(of: content, key: key)
    }

    /// Signs a token of both versions: servers that know version 2 take it from one address alone, the others from any.
    ///
    /// - Parameters:
    ///   - address: from which the client will connect to the RMBT server, as that server sees it.
    ///   - key: shared between the Control Server and the RMBT server.
    public init(uuid: UUID, startTime: Int64, address: IPAddress, key: String) {
        let first = RMBTToken(uuid: uuid, startTime: startTime, key: key)
        let proof = RMBTAddressProof(time: UInt32(truncatingIfNeeded: startTime), address: address, key: key)
        self.uuid = uuid
        self.startTime = startTime
        text = "\(first.text)_\(Self.secondPartPrefix)\(Data(proof.encoded).base64EncodedString())"
    }

    static func signature(of content: String, key: String) -> String {
        let code = HMAC<Insecure.SHA1>.authenticationCode(
            for: Data(content.utf8), using: SymmetricKey(data: Data(key.utf8)))
        return Data(code).base64EncodedString()
    }
}
