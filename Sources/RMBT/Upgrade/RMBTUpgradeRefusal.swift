/// The answer to an HTTP request that does not begin a measurement.
struct RMBTUpgradeRefusal: Error, Sendable, Equatable {
    /// Status code and reason phrase.
    let status: String
    /// What is wrong, as the end of a sentence. Nothing of the request stands in it.
    let reason: String
    /// Header fields that belong to the status, each with its line end.
    var fields = ""

    static func badRequest(_ reason: String) -> Self { Self(status: "400 Bad Request", reason: reason) }

    static let notFound = Self(status: "404 Not Found", reason: "there is nothing else here")

    static let methodNotAllowed = Self(
        status: "405 Method Not Allowed", reason: "there is no other method", fields: "Allow: GET\r\n")

    static let upgradeRequired = Self(
        status: "426 Upgrade Required", reason: "this request asked for neither",
        fields: "Upgrade: RMBT, websocket\r\n")

    static let webSocketVersion = Self(
        status: "426 Upgrade Required", reason: "of WebSocket, version 13 is spoken",
        fields: "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n")

    static let headTooLarge = Self(
        status: "431 Request Header Fields Too Large",
        reason: "its header may have \(HTTPHeadReader.mostBytes) bytes and \(HTTPHeadReader.mostFields) fields")

    init(status: String, reason: String, fields: String = "") {
        self.status = status
        self.reason = reason
        self.fields = fields
    }

    init(_ failure: HTTPHeadReader.Failure) {
        switch failure {
        case .tooLarge: self = .headTooLarge
        case .malformed: self = .badRequest("this was no HTTP request")
        }
    }

    /// The whole message.
    var response: String {
        let body =
            "This port is for RMBT measurements, which begin with GET /rmbt and Upgrade: RMBT or Upgrade: websocket; \(reason).\n"
        let connection = fields.hasPrefix("Upgrade:") ? "close, Upgrade" : "close"
        return """
            HTTP/1.1 \(status)\r
            Connection: \(connection)\r
            \(fields)Content-Type: text/plain; charset=utf-8\r
            Content-Length: \(body.utf8.count)\r
            \r
            \(body)
            """
    }
}
