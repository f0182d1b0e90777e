/// `POST /testRequest`: a client asks for a test (docs/protocols/control-server.md, testRequest).
struct ControlTestRequest: Codable, Sendable, Equatable {
    struct Capabilities: Codable, Sendable, Equatable {
        /// The client speaks RMBThttp.
        var RMBThttp: Bool?
    }

    /// The client's uuid.
    var uuid: String?
    /// `RMBT` or `RMBTws`.
    var client: String?
    /// Of the interface: `0.9`.
    var version: String?
    var type: String?
    var softwareVersion: String?
    var softwareRevision: String?
    var language: String?
    var timezone: String?
    /// Milliseconds since 1970.
    var time: Int64?
    var capabilities: Capabilities?
    var threadCount: Int64?
    /// The uuid or the name of a server, which counts with ``userServerSelection``.
    var preferredServer: String?
    var userServerSelection: Bool?
    /// `ipv4` or `ipv6`.
    var protocolVersion: String?

    private enum CodingKeys: String, CodingKey {
        case uuid, client, version, type, softwareVersion, softwareRevision, language, timezone, time, capabilities
        case threadCount = "num_threads"
        case preferredServer = "prefer_server"
        case userServerSelection = "user_server_selection"
        case protocolVersion = "protocol_version"
    }

    init(uuid: String?) {
        self.uuid = uuid
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        uuid = try container.decodeIfPresent(String.self, forKey: .uuid)
        client = try container.decodeIfPresent(String.self, forKey: .client)
        version = try container.decodeIfPresent(String.self, forKey: .version)
        type = try container.decodeIfPresent(String.self, forKey: .type)
        softwareVersion = try container.decodeIfPresent(String.self, forKey: .softwareVersion)
        softwareRevision = try container.decodeIfPresent(String.self, forKey: .softwareRevision)
        language = try container.decodeIfPresent(String.self, forKey: .language)
        timezone = try container.decodeIfPresent(String.self, forKey: .timezone)
        time = try container.lenientNumber(.time)
        capabilities = try container.decodeIfPresent(Capabilities.self, forKey: .capabilities)
        threadCount = try container.lenientNumber(.threadCount)
        preferredServer = try container.decodeIfPresent(String.self, forKey: .preferredServer)
        userServerSelection = try container.decodeIfPresent(Bool.self, forKey: .userServerSelection)
        protocolVersion = try container.decodeIfPresent(String.self, forKey: .protocolVersion)
    }
}
