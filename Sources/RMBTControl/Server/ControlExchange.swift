import Foundation

/// One request as the endpoints see it.
struct ControlRequest: Sendable {
    enum Method: Sendable, Equatable {
        case get, head, post
        case other(String)
    }

    var method: Method
    /// Without query, with its leading slash.
    var path: String
    var body: [UInt8] = []
    /// The client's address, without a port.
    var client: String
    /// `https://control.example.net`, as the client reached this server; empty where it did not say.
    var base = ""
    var hasTLS = false
    /// The User-Agent line.
    var agent = ""
    /// Of Accept-Language, in the order of preference, at most eight.
    var languages: [String] = []
    /// The page's origin, where a browser sends the request for a page from elsewhere.
    var origin: String?
    /// For a preflight: the method that the page would use.
    var wantedMethod: String?
}

/// One answer.
struct ControlAnswer: Sendable, Equatable {
    enum Content: String, Sendable {
        case json = "application/json; charset=utf-8"
        case html = "text/html; charset=utf-8"
    }

    var status: Int
    var content: Content
    var body: [UInt8]
    /// Only for pages.
    var policy: String?
    /// Seconds.
    var retryAfter: Int64?
    /// Which methods there are, where another was used.
    var allow: String?
    /// The page that may read the answer, or `*`.
    var allowedOrigin: String?
    /// The methods that a page from elsewhere may use.
    var allowedMethods: String?
    /// What is still to come of the request is not read.
    var closes = false

    /// Encodes a message.
    static func json(_ message: some Encodable, status: Int = 200) -> ControlAnswer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let body = (try? encoder.encode(message)).map(Array.init) ?? Array(#"{"error":["The answer failed."]}"#.utf8)
        return ControlAnswer(status: status, content: .json, body: body)
    }

    static func refusal(_ status: Int, _ sentence: String) -> ControlAnswer {
        .json(ControlVerdict(error: [sentence]), status: status)
    }

    static func page(_ html: String, policy: String, status: Int = 200) -> ControlAnswer {
        ControlAnswer(status: status, content: .html, body: Array(html.utf8), policy: policy)
    }
}
