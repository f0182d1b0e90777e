/// What clients send that ask for one of their results, for all of them, or give a test up: `POST /testresult`, `/history`,
/// `/resultUpdate`.
struct ControlResultQuery: Codable, Sendable, Equatable {
    /// The client's uuid.
    var uuid: String?
    var testUUID: String?
    /// Results at most.
    var limit: Int64?
    /// The client gave the test up.
    var isAborted: Bool?
    /// The test failed.
    var hasFailed: Bool?

    private enum CodingKeys: String, CodingKey {
        case uuid
        case testUUID = "test_uuid"
        case limit = "result_limit"
        case isAborted = "aborted"
        case hasFailed = "failed"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        uuid = try container.decodeIfPresent(String.self, forKey: .uuid)
        testUUID = try container.decodeIfPresent(String.self, forKey: .testUUID)
        limit = try container.lenientNumber(.limit)
        isAborted = try container.decodeIfPresent(Bool.self, forKey: .isAborted)
        hasFailed = try container.decodeIfPresent(Bool.self, forKey: .hasFailed)
    }
}
