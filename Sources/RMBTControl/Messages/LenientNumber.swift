/// A whole number that may stand in JSON as a number or as a string of digits (docs/protocols/control-server.md,
/// testRequest): clients and servers write either.
struct LenientNumber: Codable, Sendable, Equatable {
    let value: Int64

    init(_ value: Int64) {
        self.value = value
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Int64.self) {
            value = number
        } else if let number = try? container.decode(Double.self), let whole = Int64(exactly: number.rounded()) {
            value = whole
        } else if let number = Int64(try container.decode(String.self)) {
            value = number
        } else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "a whole number was expected")
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }
}

extension KeyedDecodingContainer {
    /// - Returns: nil where the key is missing or null.
    func lenientNumber(_ key: Key) throws -> Int64? {
        try decodeIfPresent(LenientNumber.self, forKey: key)?.value
    }
}
