/// The answer to `POST /history`: a client's results, the newest first.
struct ControlHistoryReply: Codable, Sendable, Equatable {
    struct Entry: Codable, Sendable, Equatable {
        var testUUID: String
        var openTestUUID: String
        /// Milliseconds since 1970.
        var time: Int64
        var timezone: String
        /// ISO 8601, UTC.
        var timeText: String
        /// Mbit/s as text; nil where not measured.
        var speedDownload: String?
        var speedUpload: String?
        /// Milliseconds as text.
        var ping: String?
        /// `0` ended well, `2` aborted.
        var status: String
        var serverName: String?
        /// true where no RMBT server counted what the client reported; else missing.
        var isUnconfirmed: Bool?

        private enum CodingKeys: String, CodingKey {
            case testUUID = "test_uuid"
            case openTestUUID = "open_test_uuid"
            case time, timezone, ping, status
            case timeText = "time_string"
            case speedDownload = "speed_download"
            case speedUpload = "speed_upload"
            case serverName = "server_name"
            case isUnconfirmed = "unconfirmed"
        }
    }

    var history: [Entry]
    var error: [String] = []
}
