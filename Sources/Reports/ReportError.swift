/// Why a report could not be made, as one sentence for people.
public enum ReportError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A template of the program itself does not parse: a fault of the build, found by its tests.
    case template(name: String, detail: String)

    public var description: String {
        switch self {
        case .template(let name, let detail): "the report's template \(name) is broken: \(detail)"
        }
    }
}
