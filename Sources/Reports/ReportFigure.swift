import Judgement
import Mustache

/// A statistic in a table cell: its value, the last value where there are too few runs, or a dash.
struct ReportFigure {
    /// The value in the unit of the column.
    var value: String?
    /// p5–p95.
    var range: String?
    /// The last value, and of how many runs, where the statistic says nothing yet.
    var lastValue: String?
    var lastOf: String?
    let dash: String?

    /// - Parameter format: writes a value in the unit of the column.
    init(_ statistic: RunStatistic, range showsRange: Bool = false, _ format: (Double?) -> String) {
        if let median = statistic.median {
            value = format(median)
            range = showsRange ? "\(format(statistic.p5))–\(format(statistic.p95))" : nil
            dash = nil
        } else if let last = statistic.last {
            lastValue = format(last)
            lastOf = statistic.count == 1 ? "1 run, too few" : "\(statistic.count) runs, too few"
            dash = nil
        } else {
            dash = NumberText.unknown
        }
    }

    /// A value that stands for itself; nil is a dash.
    init(_ text: String?) {
        value = text
        dash = text == nil ? NumberText.unknown : nil
    }
}

extension ReportFigure: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "value": value
        case "range": range
        case "lastValue": lastValue
        case "lastOf": lastOf
        case "dash": dash
        default: nil
        }
    }
}
