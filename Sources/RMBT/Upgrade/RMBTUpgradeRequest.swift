/// A client's HTTP request for RMBThttp or RMBTws, and what it takes for an answer.
struct RMBTUpgradeRequest: Sendable {
    /// The widely installed server reads a request with one read of this many bytes.
    static let mostBytes = 1023

    let text: String
    private let key: WebSocketKey?

    var isForWebSocket: Bool { key != nil }

    /// - Parameters:
    ///   - host: host name or IP literal, without brackets.
    ///   - isEncrypted: whether the default port is 443 instead of 80.
    ///   - transport: not ``RMBTTransport/classic``.
    ///   - key: for a WebSocket.
    /// - Throws: where the host's name does not fit into a request.
    init(
        host: String, port: Int, isEncrypted: Bool, transport: RMBTTransport, key: WebSocketKey = WebSocketKey()
    ) throws(RMBTError) {
        let upgrade: String
        if transport == .websocket {
            upgrade = "websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: \(key.text)"
            self.key = key
        } else {
            upgrade = "RMBT\r\nRMBT-Version: 1.3.5"
            self.key = nil
        }
        text =
            "GET /rmbt HTTP/1.1\r\nHost: \(Self.authority(host, port, isEncrypted))\r\nConnection: Upgrade\r\n"
            + "Upgrade: \(upgrade)\r\n\r\n"
        guard text.utf8.count <= Self.mostBytes, host.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .local("the host's name is too long or holds characters that an HTTP request cannot carry")
        }
    }

    /// The value of Host: a literal of IPv6 stands in brackets, without the zone that means something on this machine only.
    private static func authority(_ host: String, _ port: Int, _ isEncrypted: Bool) -> String {
        let name = host.contains(":") ? "[\(host.prefix { $0 != "%" })]" : host
        return port == (isEncrypted ? 443 : 80) ? name : "\(name):\(port)"
    }

    /// Judges the server's answer.
    ///
    /// - Throws: where it is anything but the change to what was asked for.
    func check(_ head: HTTPHead) throws(RMBTError) {
        try check(startLine: head.startLine)
        guard let key else { return }
        guard head.values("sec-websocket-accept") == [key.accept] else {
            throw violation("a 101 whose Sec-WebSocket-Accept does not fit the key")
        }
        guard head.values("sec-websocket-extensions").isEmpty, head.values("sec-websocket-protocol").isEmpty else {
            throw violation("a 101 with an extension or a sub-protocol that was not offered")
        }
    }

    /// Judges the first line, for which a server that speaks no HTTP need not be waited for.
    func check(startLine: String) throws(RMBTError) {
        let quoted = String(startLine.prefix(120)).debugDescription
        guard startLine.hasPrefix("HTTP/1.") else {
            throw violation(
                startLine.hasPrefix("RMBTv")
                    ? "\(quoted), as a port for classic RMBT does" : "\(quoted), which is no HTTP")
        }
        guard startLine.split(separator: " ").dropFirst().first == "101" else {
            throw violation("\(quoted), as a port does that is not for \(key == nil ? "RMBThttp" : "RMBTws")")
        }
    }

    /// What the server sent instead of a head.
    func error(for failure: HTTPHeadReader.Failure) -> RMBTError {
        switch failure {
        case .tooLarge:
            violation("a header of more than \(HTTPHeadReader.mostBytes) bytes or \(HTTPHeadReader.mostFields) fields")
        case .malformed: violation("bytes that are no HTTP")
        }
    }

    private func violation(_ detail: String) -> RMBTError {
        .violation(step: "101 Switching Protocols", detail: detail)
    }
}
