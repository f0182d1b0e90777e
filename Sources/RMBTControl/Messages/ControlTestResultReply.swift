/// The answer to `POST /testresult`: one result, in words to be shown as they are.
struct ControlTestResultReply: Codable, Sendable, Equatable {
    /// One line of a list.
    struct Item: Codable, Sendable, Equatable {
        var title: String
        var value: String
    }

    struct Result: Codable, Sendable, Equatable {
        var measurement: [Item]
        /// What there is to know of the network: here the server alone.
        var net: [Item]
        var testUUID: String
        var openTestUUID: String
        /// Milliseconds since 1970.
        var time: Int64
        var timezone: String
        var timeText: String
        var shareURL: String
        var shareText: String

        private enum CodingKeys: String, CodingKey {
            case measurement, net, time, timezone
            case testUUID = "test_uuid"
            case openTestUUID = "open_test_uuid"
            case timeText = "time_string"
            case shareURL = "share_url"
            case shareText = "share_text"
        }
    }

    var testresult: [Result]
    var error: [String] = []
}
