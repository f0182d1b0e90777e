import Foundation
import Mustache

/// One axis of a chart: where its values stand, and which of them are labelled.
struct ChartAxis {
    /// A labelled value at a position of the drawing.
    struct Tick {
        let at: String
        let label: String
        /// How the label stands to its place, and whether a narrow screen leaves it out; classes of the style sheet.
        var style = "middle"
    }

    let values: ClosedRange<Double>
    /// Positions of the two ends; the second may be the smaller one.
    let from: Double
    let to: Double

    func position(_ value: Double) -> Double {
        let length = values.upperBound - values.lowerBound
        guard length > 0, value.isFinite else { return from }
        let share = (min(max(value, values.lowerBound), values.upperBound) - values.lowerBound) / length
        return from + share * (to - from)
    }

    func text(_ value: Double) -> String {
        Self.coordinate(position(value))
    }

    static func coordinate(_ value: Double) -> String {
        NumberText.plain(value, decimals: 1) ?? "0"
    }

    /// Rates from 0 to a round value not below `largest`, at four or five round steps; in Gbit/s from 1 Gbit/s on.
    static func rates(
        upTo largest: Double, from: Double, to: Double
    ) -> (axis: ChartAxis, ticks: [Tick], unit: String) {
        let step = roundStep(max(largest, 1000) / 4)
        let count = max((largest / step).rounded(.up), 1)
        let axis = ChartAxis(values: 0...(step * count), from: from, to: to)
        let (unit, name) = axis.values.upperBound >= 1e9 ? (1e9, "Gbit/s") : (1e6, "Mbit/s")
        let decimals = (0...5).first { decimals in
            let scaled = step / unit * pow(10, Double(decimals))
            return abs(scaled - scaled.rounded()) < 1e-9
        }
        let ticks = (0...Int(count)).map { index in
            let value = step * Double(index)
            return Tick(at: axis.text(value), label: index == 0 ? "0" : NumberText.fixed(value / unit, decimals ?? 6))
        }
        return (axis, ticks, name)
    }

    /// Instants of a period, labelled at round times of the report's clocks, at most ten times; a narrow screen shows every second label.
    ///
    /// - Parameter edge: where the drawing ends. A label that would reach over it ends there.
    static func times(
        _ period: Range<Date>, from: Double, to: Double, edge: Double, _ time: ReportTime
    ) -> (axis: ChartAxis, ticks: [Tick]) {
        let (start, end) = (period.lowerBound.timeIntervalSince1970, period.upperBound.timeIntervalSince1970)
        guard start.isFinite, end.isFinite, end > start else {
            return (ChartAxis(values: 0...1, from: from, to: to), [])
        }
        let axis = ChartAxis(values: start...end, from: from, to: to)
        let step = TimeStep.fitting(end - start, most: 9)
        let instants = step.instants(from: period.lowerBound, to: period.upperBound, time)
        let ticks = instants.enumerated().map { index, date in
            let place = axis.position(date.timeIntervalSince1970)
            let label = step.label(date, time)
            // Half of the label where letters are as large as on a narrow screen.
            let isAtEdge = place + Double(label.count) * widestLetter / 2 > edge
            return Tick(
                at: coordinate(place), label: label,
                style: (isAtEdge ? "end" : "middle") + (instants.count > 4 && index % 2 == 1 ? " minor" : ""))
        }
        return (axis, ticks)
    }

    /// Of the drawing's units, on a screen of 390 pixels.
    static let widestLetter = 14.0

    /// The least of 1, 2, 2.5, 5 times a power of ten that is not below `value`.
    private static func roundStep(_ value: Double) -> Double {
        let power = pow(10, log10(value).rounded(.down))
        return ([1, 2, 2.5, 5].first { $0 * power >= value } ?? 10) * power
    }
}

extension ChartAxis.Tick: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "at": at
        case "label": label
        case "style": style
        default: nil
        }
    }
}
