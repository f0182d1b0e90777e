import FleetModel

/// What the names of a fleet look like. They become parts of job names, CSV cells, labels and words on a command line.
enum NameRule {
    static let sentence =
        "a name is printable text of 1 to \(FleetName.longest) characters without blanks at its ends"

    /// What keeps the text from being a name, as the `found` part of a problem; nil for a name.
    static func complaint(about text: String) -> String? {
        let scalars = text.unicodeScalars
        guard let first = scalars.first, let last = scalars.last else { return "found an empty one" }
        guard scalars.count <= FleetName.mostScalars, text.count <= FleetName.longest else {
            return "found \(text.count) characters in " + SourceNode.quoted(text)
        }
        if let hidden = scalars.first(where: isHidden) {
            return "found \(UnicodeWords.name(of: hidden)) in " + SourceNode.quoted(text)
        }
        guard first != " ", last != " " else { return "found " + SourceNode.quoted(text) }
        return nil
    }

    static func allows(_ text: String) -> Bool { complaint(about: text) == nil }

    /// What leaves no mark of its own: control characters, marks that join, reorder or end lines, and every blank but the space,
    /// which nobody can tell from it.
    static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.value < 0x80 { return scalar.value < 0x20 || scalar.value == 0x7F }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .spaceSeparator, .privateUse, .surrogate,
            .unassigned:
            return true
        default: return scalar.properties.isDefaultIgnorableCodePoint
        }
    }
}
