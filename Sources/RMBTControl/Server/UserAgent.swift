/// What a User-Agent line says of a browser: no more than pages show to the person before it.
struct UserAgent: Equatable {
    private static let longest = 300

    /// Bounded, printable.
    let text: String
    var product = ""
    var version = ""
    var system = ""

    init(_ line: String) {
        text = String(
            String.UnicodeScalarView(
                line.unicodeScalars.filter { (0x20...0x7E).contains($0.value) }.prefix(Self.longest)))
        // The order matters: most browsers call themselves by others' names too.
        let marks = [
            ("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chromium/", "Chromium"),
            ("Chrome/", "Chrome"),
            ("Version/", "Safari"), ("curl/", "curl"), ("Wget/", "Wget"),
        ]
        for (mark, name) in marks {
            guard let range = text.firstRange(of: mark) else { continue }
            product = name
            version = String(text[range.upperBound...].prefix { $0.isNumber || $0 == "." }.prefix(32))
            break
        }
        let systems = [
            ("Android", "Android"), ("iPhone", "iOS"), ("iPad", "iOS"), ("Windows", "Windows"), ("Mac OS X", "macOS"),
            ("CrOS", "ChromeOS"), ("Linux", "Linux"),
        ]
        system = systems.first { text.contains($0.0) }?.1 ?? ""
    }
}
