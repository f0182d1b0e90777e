/// The answer to ``ControlSettingsRequest``.
struct ControlSettingsReply: Codable, Sendable, Equatable {
    struct Settings: Codable, Sendable, Equatable {
        /// The client's uuid; nil where it did not accept the terms.
        var uuid: String?
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
