import Foundation
import Transfer

/// The speed curve of a stored result: how much both directions carried in each part of their time.
struct ResultChart {
    /// A rate in Mbit/s that held around an instant in seconds.
    struct Point: Equatable {
        let seconds: Double
        let megabits: Double
    }

    private static let left = 56.0
    private static let right = 708.0
    private static let top = 12.0
    private static let bottom = 208.0
    private static let parts = 35

    let download: [Point]
    let upload: [Point]
    private let language: PageLanguage

    /// nil where there is nothing to draw.
    init?(
        download: ControlResult.Direction?, upload: ControlResult.Direction?, language: PageLanguage = .english
    ) {
        self.language = language
        self.download = Self.points(download?.tuples ?? [])
        self.upload = Self.points(upload?.tuples ?? [])
        if self.download.isEmpty, self.upload.isEmpty { return nil }
    }

    /// The rate in each of equal parts of the time that all connections worked.
    static func points(_ connections: [[TransferTuple]]) -> [Point] {
        let end = connections.compactMap(\.last?.nanoseconds).min() ?? 0
        guard end > 0, !connections.contains(where: \.isEmpty) else { return [] }
        let length = Double(end) / Double(parts)
        var carried = 0.0
        return (1...parts).map { part in
            let instant = Double(part) * length
            let bytes = connections.reduce(0.0) { $0 + Self.bytes(at: instant, in: $1) }
            defer { carried = bytes }
            return Point(seconds: (instant - length / 2) * 1e-9, megabits: max(bytes - carried, 0) * 8e3 / length)
        }
    }

    private static func bytes(at instant: Double, in tuples: [TransferTuple]) -> Double {
        var before = TransferTuple(nanoseconds: 0, bytes: 0)
        for tuple in tuples {
            guard Double(tuple.nanoseconds) < instant else {
                let span = Double(tuple.nanoseconds) - Double(before.nanoseconds)
                guard span > 0 else { return Double(tuple.bytes) }
                let share = (instant - Double(before.nanoseconds)) / span
                return Double(before.bytes) + share * (Double(tuple.bytes) - Double(before.bytes))
            }
            before = tuple
        }
        return Double(before.bytes)
    }

    /// A figure with its text alternative.
    var svg: String {
        let all = download + upload
        let largest = max(all.map(\.megabits).max() ?? 0, 0.01) * 1.05
        let longest = max(all.map(\.seconds).max() ?? 0, 0.1)
        let step = Self.roundStep(largest / 4)
        let count = max(Int((largest / step).rounded(.up)), 1)
        let height = step * Double(count)
        func x(_ seconds: Double) -> String {
            Self.coordinate(Self.left + min(seconds / longest, 1) * (Self.right - Self.left))
        }
        func y(_ megabits: Double) -> String {
            Self.coordinate(Self.bottom - min(megabits / height, 1) * (Self.bottom - Self.top))
        }
        let rates = (0...count).map { index in
            let value = step * Double(index)
            let text = String(format: "%.4g", value)
            return
                "<path class=\"grid\" d=\"M56 \(y(value))H708\"/><text class=\"end\" x=\"48\" y=\"\(y(value))\" dy=\"4\">\(text)</text>"
        }
        let interval = longest > 14 ? 5 : 1
        let seconds = stride(from: 0, through: Int(min(longest, 3600)), by: interval).map { second in
            "<text class=\"middle\" x=\"\(x(Double(second)))\" y=\"230\">\(second == 0 ? "0 s" : "\(second)")</text>"
        }
        func line(_ points: [Point], _ kind: String) -> String {
            guard !points.isEmpty else { return "" }
            let path = points.enumerated().map {
                ($0.offset == 0 ? "M" : "L") + x($0.element.seconds) + " " + y($0.element.megabits)
            }
            return "<path class=\"line \(kind)\" d=\"\(path.joined())\"/>"
        }
        return """
            <figure>
            <svg viewBox="0 0 720 240" role="img" aria-labelledby="chart-title chart-text">
            <title id="chart-title">\(language.text("Rates over time", "Raten im Lauf der Zeit"))</title>
            <desc id="chart-text">\(alternative)</desc>
            \(rates.joined())
            \(seconds.joined())
            \(line(download, "down"))\(line(upload, "up"))
            </svg>
            <figcaption>\(language.text("Mbit/s over the seconds of each direction", "Mbit/s über die Sekunden jeder Richtung"))</figcaption>
            </figure>
            """
    }

    private var alternative: String {
        [("Download", download), ("Upload", upload)].compactMap { name, points in
            let rates = points.map(\.megabits)
            guard let least = rates.min(), let most = rates.max() else { return nil }
            return
                "\(name): \(ResultWords.digits(least)) \(language.text("to", "bis")) \(ResultWords.digits(most)) Mbit/s."
        }.joined(separator: " ")
    }

    private static func coordinate(_ value: Double) -> String {
        String(format: "%.1f", value.isFinite ? value : 0)
    }

    /// The least of 1, 2, 2.5, 5 times a power of ten that is not below `value`.
    private static func roundStep(_ value: Double) -> Double {
        let power = pow(10, log10(value).rounded(.down))
        return ([1, 2, 2.5, 5].first { $0 * power >= value } ?? 10) * power
    }
}
