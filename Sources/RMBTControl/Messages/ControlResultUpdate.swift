/// `POST /resultUpdate`: what became of a test that brings no result, or a later word on one (docs/protocols/control-server.md).
struct ControlResultUpdate: Codable, Sendable, Equatable {
    /// The client's uuid.
    var uuid: String?
    var testUUID: String?
    var aborted: Bool?
    var failed: Bool?

    private enum CodingKeys: String, CodingKey {
        case uuid, aborted, failed
        case testUUID = "test_uuid"
    }
}
