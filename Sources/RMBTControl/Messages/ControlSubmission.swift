/// `POST /result`: what a client measured (docs/protocols/control-server.md, result).
struct ControlSubmission: Codable, Sendable, Equatable {
    /// One round trip of phase 3, in nanoseconds.
    struct Ping: Codable, Sendable, Equatable {
        /// By the client's clock.
        var value: Int64?
        /// By the server's clock: the one whose median is the result.
        var serverValue: Int64?
        /// When, since the test began.
        var time: Int64?

        private enum CodingKeys: String, CodingKey {
            case value
            case serverValue = "value_server"
            case time = "time_ns"
        }
    }

    /// One tuple of a direction.
    struct SpeedDetail: Codable, Sendable, Equatable {
        /// `download` or `upload`.
        var direction: String
        /// The connection, from 0.
        var thread: Int64
        /// Nanoseconds since the direction began.
        var time: Int64
        /// Bytes since the direction began.
        var bytes: Int64
    }

    var clientLanguage: String?
    /// `RMBT`, `RMBTws` …
    var clientName: String?
    var clientUUID: String?
    var clientVersion: String?
    var clientSoftwareVersion: String?
    /// Names the test by its first part.
    var token: String?
    var testUUID: String?
    /// Milliseconds since 1970.
    var time: Int64?
    var timezone: String?
    var type: String?
    var platform: String?
    var model: String?
    var product: String?
    /// 98: LAN.
    var networkType: Int64?
    /// `0` ended well, `1` in error (not stored), `2` aborted.
    var status: String?
    var bytesDownload: Int64?
    var bytesUpload: Int64?
    var nanosecondsDownload: Int64?
    var nanosecondsUpload: Int64?
    /// kbit/s.
    var speedDownload: Int64?
    /// kbit/s.
    var speedUpload: Int64?
    /// Nanoseconds.
    var pingShortest: Int64?
    var threads: Int64?
    var threadsUpload: Int64?
    var remotePort: Int64?
    var pings: [Ping]?
    var speedDetail: [SpeedDetail]?
    var geoLocations: [String]?

    init() {}

    private enum CodingKeys: String, CodingKey {
        case clientLanguage = "client_language"
        case clientName = "client_name"
        case clientUUID = "client_uuid"
        case clientVersion = "client_version"
        case clientSoftwareVersion = "client_software_version"
        case token = "test_token"
        case testUUID = "test_uuid"
        case time, timezone, type, platform, model, product, pings, geoLocations
        case networkType = "network_type"
        case status = "test_status"
        case bytesDownload = "test_bytes_download"
        case bytesUpload = "test_bytes_upload"
        case nanosecondsDownload = "test_nsec_download"
        case nanosecondsUpload = "test_nsec_upload"
        case speedDownload = "test_speed_download"
        case speedUpload = "test_speed_upload"
        case pingShortest = "test_ping_shortest"
        case threads = "test_num_threads"
        case threadsUpload = "num_threads_ul"
        case remotePort = "test_port_remote"
        case speedDetail = "speed_detail"
    }
}

extension ControlSubmission {
    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func text(_ key: CodingKeys) throws -> String? { try container.decodeIfPresent(String.self, forKey: key) }
        clientLanguage = try text(.clientLanguage)
        clientName = try text(.clientName)
        clientUUID = try text(.clientUUID)
        clientVersion = try text(.clientVersion)
        clientSoftwareVersion = try text(.clientSoftwareVersion)
        token = try text(.token)
        testUUID = try text(.testUUID)
        time = try container.lenientNumber(.time)
        timezone = try text(.timezone)
        type = try text(.type)
        platform = try text(.platform)
        model = try text(.model)
        product = try text(.product)
        networkType = try container.lenientNumber(.networkType)
        status = try container.lenientNumber(.status).map(String.init)
        bytesDownload = try container.lenientNumber(.bytesDownload)
        bytesUpload = try container.lenientNumber(.bytesUpload)
        nanosecondsDownload = try container.lenientNumber(.nanosecondsDownload)
        nanosecondsUpload = try container.lenientNumber(.nanosecondsUpload)
        speedDownload = try container.lenientNumber(.speedDownload)
        speedUpload = try container.lenientNumber(.speedUpload)
        pingShortest = try container.lenientNumber(.pingShortest)
        threads = try container.lenientNumber(.threads)
        threadsUpload = try container.lenientNumber(.threadsUpload)
        remotePort = try container.lenientNumber(.remotePort)
        pings = try container.decodeIfPresent([Ping].self, forKey: .pings)
        speedDetail = try container.decodeIfPresent([SpeedDetail].self, forKey: .speedDetail)
        // Where somebody is concerns nobody here, whatever form it has.
        geoLocations = nil
    }
}
