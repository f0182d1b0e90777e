/// `{"error":[…]}`: what a Control Server says of a request that it answers with nothing else; empty when all is well.
struct ControlVerdict: Codable, Sendable, Equatable {
    var error: [String]

    init(error: [String] = []) {
        self.error = error
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        error = try container.decodeIfPresent([String].self, forKey: .error) ?? []
    }
}
