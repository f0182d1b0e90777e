import Foundation
import RMBT

/// A test that a Control Server permits: where, when and how (specification, section 4.1).
public struct ControlAssignment: Sendable, Equatable {
    /// How the RMBT server is spoken to (docs/protocols/rmbt.md, Three ways in).
    public enum ServerType: String, Sendable {
        case classic = "RMBT"
        case http = "RMBThttp"
        case websocket = "RMBTws"
    }

    public let token: String
    public let testUUID: String?
    public let openTestUUID: String?
    public let serverName: String?
    public let serverAddress: String
    /// 1 … 65535.
    public let serverPort: Int
    public let serverType: ServerType
    public let isEncrypted: Bool
    /// Seconds until the test may begin.
    public let wait: Int64
    /// Seconds of each direction, 1 … 30, where the server named them.
    public let duration: Int?
    /// 1 … 20.
    public let connections: Int?
    /// 1 … 1000.
    public let pings: Int?
    let clientUUID: String
    let resultAddress: String

    /// Takes a reply for what it must be before anybody connects anywhere.
    ///
    /// - Returns: nil with the reason where it is no test.
    static func read(
        _ reply: ControlTestReply, clientUUID: String, server: ControlURL
    ) -> Result<ControlAssignment, ControlError> {
        func malformed(_ detail: String) -> Result<ControlAssignment, ControlError> {
            .failure(.malformed(server: server.description, detail: detail))
        }
        guard reply.error.isEmpty else {
            return .failure(.noTest(server: server.description, words: ControlWords.joined(reply.error)))
        }
        guard let token = reply.token, !token.isEmpty, token.utf8.count <= 512,
            token.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return malformed("a test without a usable token") }
        guard let address = reply.serverAddress, !address.isEmpty, address.utf8.count <= 255,
            address.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return malformed("a test without a server's address") }
        guard let port = reply.serverPort, (1...65535).contains(port) else {
            return malformed("a test without a server's port")
        }
        let wait = reply.wait ?? 0
        guard wait >= 0 else { return malformed("a wait of \(wait) s") }
        let named = reply.serverType ?? ServerType.classic.rawValue
        guard let type = ServerType(rawValue: named) else {
            return malformed("a server of the type \(ControlWords.quoted(named)), which this program does not speak")
        }
        func within(_ value: Int64?, _ range: ClosedRange<Int64>) -> Int? {
            value.map { Int(min(max($0, range.lowerBound), range.upperBound)) }
        }
        return .success(
            ControlAssignment(
                token: token, testUUID: reply.testUUID, openTestUUID: reply.openTestUUID,
                serverName: reply.serverName, serverAddress: address, serverPort: Int(port), serverType: type,
                isEncrypted: reply.isEncrypted ?? true, wait: wait, duration: within(reply.duration, 1...30),
                connections: within(reply.threads, 1...20), pings: within(reply.pings, 1...1000),
                clientUUID: clientUUID, resultAddress: server.resultAddress(reply.resultURL)))
    }
}
