import Foundation

/// The names of a fleet: of targets, groups, credentials, probes, servers and schedule entries.
///
/// They are text as inventories have it, in any script. What a name may not hold is what nobody can see: two names that look
/// alike must not be two, and a name must not steer a terminal or a page.
public enum FleetName {
    /// The most characters, as people count them.
    public static let longest = 64
    /// The most Unicode scalars: a character may be made of many.
    package static let mostScalars = 256

    /// The one form in which a name is kept, compared and hashed (Unicode normalization form C): "ü" can be written in two ways.
    public static func normalized(_ text: String) -> String {
        text.utf8.allSatisfy { $0 < 0x80 } ? text : text.precomposedStringWithCanonicalMapping
    }

    /// The name as a part of a job's name, whose parts are separated by `/`: `%` and `/` are percent-encoded.
    public static func jobPart(_ name: String) -> String {
        guard name.utf8.contains(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "%") }) else { return name }
        // Scalars are compared, not characters: a "/" with a combining mark after it still separates.
        var part = String.UnicodeScalarView()
        for scalar in name.unicodeScalars {
            switch scalar {
            case "/": part.append(contentsOf: "%2F".unicodeScalars)
            case "%": part.append(contentsOf: "%25".unicodeScalars)
            default: part.append(scalar)
            }
        }
        return String(part)
    }
}
