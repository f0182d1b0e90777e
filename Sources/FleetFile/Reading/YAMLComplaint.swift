import Yams

/// What libYAML has against a text, in words that say what to do.
struct YAMLComplaint {
    let line: Int
    let column: Int
    let what: String
    let found: String
    let remedy: String

    init(_ error: any Error, in text: String) {
        switch error {
        case YamlError.scanner(let context, let problem, let mark, _),
            YamlError.parser(let context, let problem, let mark, _),
            YamlError.composer(let context, let problem, let mark, _):
            let contextText = context?.text ?? ""
            let scalar = TextPlaces.scalar(line: mark.line, column: mark.column, in: text)
            if let blank = TextPlaces.falseBlank(inLinesUntil: mark.line, of: text) {
                (line, column) = (blank.line, blank.column)
                what = "the line holds a character that only looks like a space"
                found = "found \(UnicodeWords.name(of: blank.scalar))"
                remedy = "type a space"
                return
            }
            // Inside `"…` and `[…` the place where it began says more than the place where the file ended.
            let begin = Self.beganEarlier(contextText, problem) ? context?.mark ?? mark : mark
            line = max(begin.line, 1)
            column = max(begin.column, 1)
            (what, found, remedy) = Self.explain(contextText, problem, scalar)
        case YamlError.reader(let problem, let offset, _, _):
            let place = TextPlaces.place(after: text.prefix(offset ?? 0).unicodeScalars)
            line = place.line
            column = place.column
            what = "the text cannot be read"
            found = "found that " + problem
            remedy = "save the file as UTF-8 without control characters"
        default:
            line = 1
            column = 1
            what = "the file cannot be read as YAML"
            found = ""
            remedy = "check it with a YAML tool"
        }
    }

    private static func beganEarlier(_ context: String, _ problem: String) -> Bool {
        context.hasPrefix("while scanning a quoted scalar") || context.hasPrefix("while scanning an alias")
            || context.hasPrefix("while scanning an anchor") || context.hasPrefix("while parsing a flow")
    }

    private static func explain(
        _ context: String, _ problem: String, _ scalar: Unicode.Scalar?
    ) -> (what: String, found: String, remedy: String) {
        let shown = scalar.map { SourceNode.quoted(String($0)) } ?? "the end of the file"
        if context.hasPrefix("while scanning an alias") {
            return ("text that begins with \"*\" is a YAML alias", "", "quote it, for example cron: \"*/5 * * * *\"")
        }
        if context.hasPrefix("while scanning an anchor") {
            return ("text that begins with \"&\" is a YAML anchor", "", "quote it")
        }
        if problem.contains("undefined alias") {
            return (
                "an alias without an anchor", "found text that begins with \"*\"",
                "quote it, or define the anchor above with \"&name\""
            )
        }
        if problem.contains("another document") {
            return ("a fleet file holds one document", "found a second \"---\"", "use \"include\" for several files")
        }
        if problem.contains("aximum nesting level") {
            return (
                "lists and maps are nested more than \(YAMLReader.deepestNesting) deep", "",
                "a fleet file needs seven levels at most"
            )
        }
        if scalar == "\t" {
            return ("YAML does not indent with tabs", "found a tab", "use spaces")
        }
        if problem.contains("cannot start any token") {
            return ("text cannot begin with \(shown)", "", "quote it")
        }
        if problem.contains("mapping values are not allowed") {
            return ("\":\" makes a second key in one line", "", "quote the text that holds it, or begin a new line")
        }
        if problem.contains("could not find expected ':'") || problem.contains("could not find expected \":\"") {
            return ("a line is not a key with a value", "", "write it as \"key: value\" and check its indentation")
        }
        if context.hasPrefix("while scanning a quoted scalar") {
            return ("a quoted text does not end", "", "close the quote")
        }
        if context.hasPrefix("while parsing a flow") {
            return ("a \"{\" or \"[\" is not closed before the next value", "", "check commas and brackets")
        }
        if context.hasPrefix("while parsing a block") {
            return (
                "the indentation does not fit the lines above", "found \(shown)",
                "begin each key of a map in the same column"
            )
        }
        return ("the file is not valid YAML", "found that " + problem, "check indentation, quotes and brackets")
    }
}
