import Foundation
import Mustache

/// One axis of a chart: where its values stand, and which of them are labelled.
struct ChartAxis {
    /// A labelled value at a position of the drawing.
    struct Tick {
        let at: String
        let label: String
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

    /// Rates from 0 to a round value not below `largest`, at four or five round steps.
    static func rates(upTo largest: Double, from: Double, to: Double) -> (axis: ChartAxis, ticks: [Tick]) {
        let step = roundStep(max(largest, 1000) / 4)
        let count = max((largest / step).rounded(.up), 1)
        let axis = ChartAxis(values: 0...(step * count), from: from, to: to)
        let decimals = [0, 1, 2, 3].first { (step / 1e6 * pow(10, Double($0))).truncatingRemainder(dividingBy: 1) == 0 }
        let ticks = (0...Int(count)).map { index in
            let value = step * Double(index)
            return Tick(at: axis.text(value), label: index == 0 ? "0" : NumberText.fixed(value / 1e6, decimals ?? 3))
        }
        return (axis, ticks)
    }

    /// Instants of a period, labelled at whole days or hours (UTC), at most ten times.
    static func times(_ period: Range<Date>, from: Double, to: Double) -> (axis: ChartAxis, ticks: [Tick]) {
        let (start, end) = (period.lowerBound.timeIntervalSince1970, period.upperBound.timeIntervalSince1970)
        guard start.isFinite, end.isFinite, end > start else {
            return (ChartAxis(values: 0...1, from: from, to: to), [])
        }
        let axis = ChartAxis(values: start...end, from: from, to: to)
        let hour = 3600.0
        let hours: [Double] = [1, 3, 6, 12, 24, 48, 168, 336, 720, 2160, 8760]
        guard let step = hours.map({ $0 * hour }).first(where: { (end - start) / $0 <= 10 }) else { return (axis, []) }
        var ticks: [Tick] = []
        var time = (start / step).rounded(.up) * step
        while time <= end {
            let date = Date(timeIntervalSince1970: time)
            let isMidnight = time.truncatingRemainder(dividingBy: 24 * hour) == 0
            ticks.append(
                Tick(at: axis.text(time), label: isMidnight ? UTCTime.shortDay(date) : UTCTime.shortClock(date)))
            time += step
        }
        return (axis, ticks)
    }

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
        default: nil
        }
    }
}
