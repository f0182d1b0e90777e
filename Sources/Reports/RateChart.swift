import FleetModel
import Foundation
import Judgement
import Mustache

/// Download and upload of one target over time, the plan as a line, failed runs as crosses on the time axis.
///
/// Each series is two paths, a line and its dots, so that thousands of charts stay small. The text alternative says in
/// numbers what the picture shows.
struct RateChart {
    /// One direction's paths.
    struct Series {
        let seriesClass: String
        let linePath: String
        let dotPath: String
        /// Where the plan's line stands; nil without a plan.
        let planAt: String?
    }

    /// The drawing's edges; rate-chart.mustache draws 720 by 236 and knows them too. On a screen of 390 pixels it is half as large and its
    /// letters are twice: six of them fit left of the axis.
    private static let left = 76.0
    private static let right = 708.0
    private static let top = 14.0
    private static let bottom = 190.0
    private static let width = 720.0

    let chartID: String
    let altText: String
    /// Of the labels at the axis of rates.
    let unit: String
    let rateTicks: [ChartAxis.Tick]
    let timeTicks: [ChartAxis.Tick]
    let seriesList: [Series]
    let failurePath: String?
    let hasDownload: Bool
    let hasUpload: Bool
    let hasPlan: Bool

    /// nil where no run measured a rate: there is nothing to draw.
    init?(_ target: TargetSummary, period: Range<Date>, anchor: String, time: ReportTime) {
        let directions = [target.download, target.upload].filter { !$0.points.isEmpty }
        let plans = directions.compactMap(\.plan?.bitsPerSecond).filter(\.isFinite)
        guard let largest = (directions.flatMap(\.points).map(\.rate) + plans).max() else { return nil }
        let failed = target.results.filter { $0.kind.isThroughputTest && $0.outcome.failure != nil }
        let (rates, rateTicks, unit) = ChartAxis.rates(upTo: largest, from: Self.bottom, to: Self.top)
        let (times, timeTicks) = ChartAxis.times(
            period, from: Self.left, to: Self.right, edge: Self.width, time)
        chartID = anchor
        altText = Self.alternative(directions, failures: failed.count)
        self.unit = unit
        self.rateTicks = rateTicks
        self.timeTicks = timeTicks
        seriesList = directions.map { direction in
            let breaks = failed.filter { $0.probe == direction.probe }.map(\.startedAt)
            return Series(
                seriesClass: direction.direction == .download ? "down" : "up",
                linePath: Self.line(direction.points, breaks, times, rates),
                dotPath: Self.dots(direction.points, times, rates),
                planAt: direction.plan.map { rates.text($0.bitsPerSecond) })
        }
        failurePath = failed.isEmpty ? nil : Self.crosses(failed.map(\.startedAt), times)
        hasDownload = directions.contains { $0.direction == .download }
        hasUpload = directions.contains { $0.direction == .upload }
        hasPlan = !plans.isEmpty
    }

    /// A line through the points that breaks where a run failed between them.
    private static func line(
        _ points: [DirectionSummary.Point], _ breaks: [Date], _ times: ChartAxis, _ rates: ChartAxis
    ) -> String {
        var path = ""
        var rest = breaks[...]
        var isFirst = true
        for point in points {
            var isBroken = isFirst
            while let next = rest.first, next <= point.date {
                rest.removeFirst()
                isBroken = true
            }
            path += (isBroken ? "M" : "L") + place(point, times, rates)
            isFirst = false
        }
        return path
    }

    /// Lines of no length, which their caps make into dots.
    private static func dots(
        _ points: [DirectionSummary.Point], _ times: ChartAxis, _ rates: ChartAxis
    ) -> String {
        points.map { "M" + place($0, times, rates) + "h0" }.joined()
    }

    private static func place(
        _ point: DirectionSummary.Point, _ times: ChartAxis, _ rates: ChartAxis
    ) -> String {
        times.text(point.date.timeIntervalSince1970) + " " + rates.text(point.rate)
    }

    private static func crosses(_ dates: [Date], _ times: ChartAxis) -> String {
        dates.map { date in
            let x = ChartAxis.coordinate(times.position(date.timeIntervalSince1970) - 3.5)
            return "M\(x) \(ChartAxis.coordinate(bottom - 3.5))l7 7m0-7l-7 7"
        }.joined()
    }

    private static func alternative(_ directions: [DirectionSummary], failures: Int) -> String {
        var sentences = directions.map { direction in
            let rates = direction.points.map(\.rate)
            let name = direction.direction == .download ? "Download" : "Upload"
            let runs = rates.count == 1 ? "1 run" : "\(rates.count) runs"
            var sentence = "\(name): \(runs), \(NumberText.rate(rates.min())) to \(NumberText.rate(rates.max()))"
            if let median = direction.rate.median { sentence += ", median \(NumberText.rate(median))" }
            if let plan = direction.plan { sentence += ", plan \(NumberText.rate(plan.bitsPerSecond))" }
            return sentence + "."
        }
        if failures > 0 { sentences.append(failures == 1 ? "1 run failed." : "\(failures) runs failed.") }
        return sentences.joined(separator: " ")
    }
}

extension RateChart: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "chartID": chartID
        case "altText": altText
        case "unit": unit
        case "rateTicks": rateTicks
        case "timeTicks": timeTicks
        case "seriesList": seriesList
        case "failurePath": failurePath
        case "hasDownload": hasDownload
        case "hasUpload": hasUpload
        case "hasPlan": hasPlan
        default: nil
        }
    }
}

extension RateChart.Series: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "seriesClass": seriesClass
        case "linePath": linePath
        case "dotPath": dotPath
        case "planAt": planAt
        default: nil
        }
    }
}
