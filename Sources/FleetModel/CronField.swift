/// One of the five fields of a cron expression.
struct CronField {
    /// Which values of a field match.
    struct Values: Sendable, Equatable {
        private var bits: UInt64 = 0

        func contains(_ value: Int) -> Bool {
            (0..<64).contains(value) && bits & (1 << UInt64(value)) != 0
        }

        mutating func insert(_ value: Int) {
            if (0..<64).contains(value) { bits |= 1 << UInt64(value) }
        }
    }

    let name: String
    let range: ClosedRange<Int>
    /// Names of the values, from the lowest on.
    var words: [String] = []

    static let minute = CronField(name: "minute", range: 0...59)
    static let hour = CronField(name: "hour", range: 0...23)
    static let dayOfMonth = CronField(name: "day of month", range: 1...31)
    static let month = CronField(
        name: "month", range: 1...12,
        words: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"])
    static let dayOfWeek = CronField(
        name: "day of week", range: 0...7, words: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"])

    /// Reads a list of values, ranges and steps.
    func parse(_ text: Substring) throws(CronExpression.ParseError) -> Values {
        var values = Values()
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let pieces = part.split(separator: "/", omittingEmptySubsequences: false)
            guard let base = pieces.first, pieces.count <= 2 else { throw wrong(part) }
            var bounds = try parseRange(base, hasStep: pieces.count == 2, of: part)
            if pieces.count == 1, base == "*" { bounds = range }
            var step = 1
            if let stepText = pieces.dropFirst().first {
                guard let number = Self.number(stepText), number >= 1, number <= range.upperBound - range.lowerBound
                else {
                    throw CronExpression.ParseError(
                        message: "the \(name) field has the step \"\(stepText.prefix(20))\", "
                            + "which is not in 1 to \(range.upperBound - range.lowerBound)")
                }
                step = number
            }
            for value in stride(from: bounds.lowerBound, through: bounds.upperBound, by: step) {
                // Sunday is 0 as well as 7.
                values.insert(range.upperBound == 7 && value == 7 ? 0 : value)
            }
        }
        return values
    }

    private func parseRange(
        _ base: Substring, hasStep: Bool, of part: Substring
    ) throws(CronExpression.ParseError) -> ClosedRange<Int> {
        // `*` of a week is seven days, not eight: a step counts from Sunday to Saturday.
        let last = range.upperBound == 7 ? 6 : range.upperBound
        if base == "*" { return range.lowerBound...last }
        let ends = base.split(separator: "-", omittingEmptySubsequences: false)
        guard let firstText = ends.first, ends.count <= 2, let first = value(firstText) else { throw wrong(part) }
        guard ends.count == 2 else {
            // `5/15` means from 5 on.
            return first...(hasStep ? max(first, last) : first)
        }
        guard var end = value(ends[1]) else { throw wrong(part) }
        if range.upperBound == 7, end == 0, first > 0 { end = 7 }
        guard first <= end else {
            throw CronExpression.ParseError(
                message: "the \(name) field has \"\(part.prefix(20))\", which runs backwards")
        }
        return first...end
    }

    private func value(_ text: Substring) -> Int? {
        if let index = words.firstIndex(of: text.uppercased()) { return range.lowerBound + index }
        guard let number = Self.number(text), range.contains(number) else { return nil }
        return number
    }

    private static func number(_ text: Substring) -> Int? {
        guard (1...4).contains(text.utf8.count), text.allSatisfy({ ("0"..."9").contains($0) }) else { return nil }
        return Int(text)
    }

    private func wrong(_ part: Substring) -> CronExpression.ParseError {
        CronExpression.ParseError(
            message: "the \(name) field has \"\(part.prefix(20))\", "
                + "which is not in \(range.lowerBound) to \(range.upperBound)")
    }
}
