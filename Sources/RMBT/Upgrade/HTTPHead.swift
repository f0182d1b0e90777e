/// The start line and the header fields of an HTTP/1.1 message.
struct HTTPHead: Sendable, Equatable {
    /// Request line or status line, without spaces at its end.
    let startLine: String
    /// Names in lower case, values without spaces around them, in the order of the message.
    private(set) var fields: [(name: String, value: String)] = []

    init(startLine: String) {
        self.startLine = startLine
    }

    mutating func add(_ name: String, _ value: String) {
        fields.append((name, value))
    }

    /// The values of all fields with this name, given in lower case.
    func values(_ name: String) -> [String] {
        fields.filter { $0.name == name }.map(\.value)
    }

    /// Whether a comma-separated list holds this token, in whatever case.
    func lists(_ token: String, in name: String) -> Bool {
        values(name).contains { value in
            value.split(separator: ",").contains {
                $0.trimmingPrefix { $0 == " " || $0 == "\t" }.prefix { $0 != " " && $0 != "\t" }.lowercased()
                    == token.lowercased()
            }
        }
    }

    static func == (one: HTTPHead, other: HTTPHead) -> Bool {
        one.startLine == other.startLine && one.fields.elementsEqual(other.fields, by: ==)
    }
}
