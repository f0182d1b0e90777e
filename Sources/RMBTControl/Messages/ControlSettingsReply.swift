/// The answer to ``ControlSettingsRequest``.
struct ControlSettingsReply: Codable, Sendable, Equatable {
    struct Settings: Codable, Sendable, Equatable {
        /// The client's uuid; nil where it did not accept the terms.
        var uuid: String?
        /// Of the Control Server.
        var version: String?
        /// Names of the servers that a client may choose among.
        var servers: [Server]

        /// A server that a client may name.
        struct Server: Codable, Sendable, Equatable {
            var name: String
            /// What ``ControlTestRequest/preferredServer`` takes.
            var uuid: String
        }

        private enum CodingKeys: String, CodingKey {
            case uuid, versions, servers
            case terms = "terms_and_conditions"
            case urls
            case webSocketServers = "servers_ws"
        }

        private enum VersionKeys: String, CodingKey {
            case control = "control_server_version"
        }

        init(uuid: String?, version: String? = nil, servers: [Server] = []) {
            self.uuid = uuid
            self.version = version
            self.servers = servers
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            uuid = try container.decodeIfPresent(String.self, forKey: .uuid)
            // What else a server says may have any form.
            version = try? container.nestedContainer(keyedBy: VersionKeys.self, forKey: .versions)
                .decode(String.self, forKey: .control)
            servers = (try? container.decode([Server].self, forKey: .servers)) ?? []
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            // null says that there is none; clients ask for the key.
            try container.encode(uuid, forKey: .uuid)
            try container.encode([String: String](), forKey: .terms)
            try container.encode([String: String](), forKey: .urls)
            var versions = container.nestedContainer(keyedBy: VersionKeys.self, forKey: .versions)
            try versions.encodeIfPresent(version, forKey: .control)
            try container.encode(servers, forKey: .servers)
            try container.encode(servers, forKey: .webSocketServers)
        }
    }

    var settings: [Settings]
    var error: [String]

    init(settings: [Settings], error: [String] = []) {
        self.settings = settings
        self.error = error
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        settings = try container.decodeIfPresent([Settings].self, forKey: .settings) ?? []
        error = try container.decodeIfPresent([String].self, forKey: .error) ?? []
    }
}
