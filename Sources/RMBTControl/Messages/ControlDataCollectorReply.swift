/// The answer to `GET /requestDataCollector`: what a browser's request says of the browser, for pages that send it with their
/// result. Pages take `agent` for text without asking.
struct ControlDataCollectorReply: Codable, Sendable, Equatable {
    /// The User-Agent line.
    var agent: String
    /// `Firefox`, `Chrome` …; empty where it is not known.
    var product: String
    var version: String
    var os: String
    var ip: String
    var url: String
    var languages: [String]
}
