/// `POST /settings`: a client registers, or says who it is (docs/protocols/control-server.md, settings).
struct ControlSettingsRequest: Codable, Sendable, Equatable {
    /// `RMBT`, `RMBTws`, `RMBTjs`, `HW-PROBE` …
    var name: String?
    /// `DESKTOP` or `MOBILE`.
    var type: String?
    var language: String?
    /// A name of the time zone database.
    var timezone: String?
    var softwareRevision: String?
    var softwareVersionName: String?
    /// Without them no client is made. Some clients send none of it; true then.
    var acceptsTerms: Bool?
    /// The client's uuid, where it has one.
    var uuid: String?

    private enum CodingKeys: String, CodingKey {
        case name, type, language, timezone, softwareRevision, softwareVersionName, uuid
        case acceptsTerms = "terms_and_conditions_accepted"
    }
}
