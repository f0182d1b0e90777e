/// The answer to ``ControlTestRequest``: where, when and how the client may test, or why it may not.
///
/// Duration, threads and pings stand in JSON as strings, port and wait as numbers; a reader takes either.
struct ControlTestReply: Codable, Sendable, Equatable {
    var clientAddress: String?
    var testUUID: String?
    /// `O` and a uuid: names the result to the public.
    var openTestUUID: String?
    var resultURL: String?
    var resultQoSURL: String?
    /// Seconds.
    var duration: Int64?
    var threads: Int64?
    var pings: Int64?
    /// Seconds before the test may start.
    var wait: Int64?
    var serverName: String?
    var serverAddress: String?
    var serverPort: Int64?
    /// `RMBT`, `RMBThttp` or `RMBTws`; some servers name none.
    var serverType: String?
    /// Whether the RMBT server is spoken to over TLS.
    var isEncrypted: Bool?
    var token: String?
    /// Why there is no test; the other fields are missing then.
    var error: [String]

    private enum CodingKeys: String, CodingKey {
        case clientAddress = "client_remote_ip"
        case testUUID = "test_uuid"
        case openTestUUID = "open_test_uuid"
        case resultURL = "result_url"
        case resultQoSURL = "result_qos_url"
        case duration = "test_duration"
        case threads = "test_numthreads"
        case pings = "test_numpings"
        case wait = "test_wait"
        case serverName = "test_server_name"
        case serverAddress = "test_server_address"
        case serverPort = "test_server_port"
        case serverType = "test_server_type"
        case isEncrypted = "test_server_encryption"
        case token = "test_token"
        case loop = "loop_uuid"
        case error
    }

    init(error: [String] = []) {
        self.error = error
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        clientAddress = try container.decodeIfPresent(String.self, forKey: .clientAddress)
        testUUID = try container.decodeIfPresent(String.self, forKey: .testUUID)
        openTestUUID = try container.decodeIfPresent(String.self, forKey: .openTestUUID)
        resultURL = try container.decodeIfPresent(String.self, forKey: .resultURL)
        resultQoSURL = try container.decodeIfPresent(String.self, forKey: .resultQoSURL)
        duration = try container.lenientNumber(.duration)
        threads = try container.lenientNumber(.threads)
        pings = try container.lenientNumber(.pings)
        wait = try container.lenientNumber(.wait)
        serverName = try container.decodeIfPresent(String.self, forKey: .serverName)
        serverAddress = try container.decodeIfPresent(String.self, forKey: .serverAddress)
        serverPort = try container.lenientNumber(.serverPort)
        serverType = try container.decodeIfPresent(String.self, forKey: .serverType)
        isEncrypted = try container.decodeIfPresent(Bool.self, forKey: .isEncrypted)
        token = try container.decodeIfPresent(String.self, forKey: .token)
        error = try container.decodeIfPresent([String].self, forKey: .error) ?? []
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(error, forKey: .error)
        guard error.isEmpty else { return }
        try container.encodeIfPresent(clientAddress, forKey: .clientAddress)
        try container.encodeIfPresent(testUUID, forKey: .testUUID)
        try container.encodeIfPresent(openTestUUID, forKey: .openTestUUID)
        try container.encodeIfPresent(resultURL, forKey: .resultURL)
        try container.encodeIfPresent(resultQoSURL, forKey: .resultQoSURL)
        try container.encodeIfPresent(duration.map(String.init), forKey: .duration)
        try container.encodeIfPresent(threads.map(String.init), forKey: .threads)
        try container.encodeIfPresent(pings.map(String.init), forKey: .pings)
        try container.encodeIfPresent(wait, forKey: .wait)
        try container.encodeIfPresent(serverName, forKey: .serverName)
        try container.encodeIfPresent(serverAddress, forKey: .serverAddress)
        try container.encodeIfPresent(serverPort, forKey: .serverPort)
        try container.encodeIfPresent(serverType, forKey: .serverType)
        try container.encodeIfPresent(isEncrypted, forKey: .isEncrypted)
        try container.encodeIfPresent(token, forKey: .token)
        try container.encodeNil(forKey: .loop)
    }
}
