import FleetModel
import Foundation
import Judgement
import Testing
import TestSupport

@testable import Reports

@Suite("Chart of rates")
struct RateChartTests {
    func draw(
        _ runs: [ProbeResult], _ target: Target = Runs.target(), period: Range<Date> = Runs.week, zone: String = "UTC"
    ) -> RateChart? {
        let time = ReportTime(zone: TimeZone(identifier: zone) ?? .gmt)
        let summary = TargetSummary(
            name: target.name, target: target, results: runs, due: nil, minimumRuns: 5, planShare: 0.9)
        return RateChart(summary, period: period, anchor: "t1", time: time)
    }

    @Test("The line breaks where a run failed, and the failure is marked on the time axis")
    func breaks() throws {
        let runs = [Runs.measured(0), Runs.measured(24), Runs.failed(48), Runs.measured(72), Runs.measured(96)]
        let chart = try #require(draw(runs))
        let line = try #require(chart.seriesList.first).linePath
        #expect(line.filter { $0 == "M" }.count == 2 && line.filter { $0 == "L" }.count == 2)
        #expect(chart.failurePath == "M253.1 186.5l7 7m0-7l-7 7")
        #expect(chart.altText == "Download: 4 runs, 90.0 Mbit/s to 90.0 Mbit/s. 1 run failed.")
    }

    @Test("Times stand where they belong, and rates on a scale from 0 to a round number above them and the plan")
    func scale() throws {
        let half = Runs.measured(84, down: 60)
        let chart = try #require(draw([half], Runs.target(down: 100)))
        #expect(chart.rateTicks.map(\.label) == ["0", "25", "50", "75", "100"])
        #expect(chart.rateTicks.map(\.at) == ["190", "146", "102", "58", "14"])
        #expect(chart.seriesList.first?.planAt == "14")
        #expect(chart.seriesList.first?.dotPath == "M392 84.4h0")
        #expect(chart.timeTicks.map(\.label) == (2...9).map { "\($0) Mar" })
    }

    @Test("A day is labelled by its hours")
    func hours() throws {
        let day = Runs.monday..<Runs.monday + 86_400
        #expect(
            draw([Runs.measured(1)], period: day)?.timeTicks.map(\.label) == [
                "2 Mar", "03:00", "06:00", "09:00", "12:00", "15:00", "18:00", "21:00", "3 Mar",
            ])
    }

    @Test("Every length of a period has labels, at least two and at most ten")
    func anyLength() throws {
        var length = 20.0
        while length < 40 * 366 * 86_400 {
            let period = Runs.monday + 12_345..<Runs.monday + 12_345 + length
            let ticks = try #require(draw([Runs.measured(4)], period: period)).timeTicks
            #expect((2...10).contains(ticks.count), "\(length) s: \(ticks.map(\.label))")
            #expect(Set(ticks.map(\.at)).count == ticks.count)
            length *= 1.37
        }
    }

    @Test("A minute is labelled by its seconds, a year by its months, ten years by the year")
    func shortAndLong() throws {
        func labels(_ from: Double, _ seconds: Double) throws -> [String] {
            let begin = Runs.monday + from
            return try #require(draw([Runs.measured(0)], period: begin..<begin + seconds)).timeTicks.map(\.label)
        }
        #expect(try labels(3603, 60) == (1...6).map { "01:00:\($0)0" }.dropLast() + ["01:01:00"])
        #expect(try labels(0, 365 * 86_400) == ["May", "Jul", "Sep", "Nov", "2027", "Mar"])
        #expect(try labels(0, 8 * 365.25 * 86_400) == (2027...2034).map { "\($0)" })
        #expect(try labels(0, 62).first == "2 Mar")
    }

    @Test("Labels stand at the round times of the report's zone, also over a change of its clocks")
    func zone() throws {
        // In Vienna the clocks go forward on 29 March at 01:00 UTC.
        let begin = Date(timeIntervalSince1970: 1_774_652_400)  // 2026-03-28 00:00 in Vienna
        let chart = try #require(
            draw([Runs.measured(620)], period: begin..<begin + 3 * 86_400, zone: "Europe/Vienna"))
        #expect(
            chart.timeTicks.map(\.label) == ["28 Mar", "12:00", "29 Mar", "12:00", "30 Mar", "12:00", "31 Mar"])
        // The second day is an hour shorter.
        let places = chart.timeTicks.compactMap { Double($0.at) }
        #expect(abs((places[3] - places[2]) / (places[1] - places[0]) - 11.0 / 12) < 0.01)
    }

    @Test("From 1 Gbit/s on the axis is in Gbit/s")
    func unit() throws {
        let fast = try #require(draw([Runs.measured(1, down: 940)], Runs.target(down: 1000)))
        #expect(fast.unit == "Gbit/s" && fast.rateTicks.map(\.label) == ["0", "0.25", "0.50", "0.75", "1.00"])
        let faster = try #require(draw([Runs.measured(1, down: 9400)]))
        #expect(faster.unit == "Gbit/s" && faster.rateTicks.last?.label == "10.0")
        let slow = try #require(draw([Runs.measured(1, down: 700)]))
        #expect(slow.unit == "Mbit/s" && slow.rateTicks.last?.label == "800")
    }

    @Test("No label reaches over the drawing, with letters as large as on a narrow screen")
    func edges() throws {
        for (length, zone) in [
            (60.0, "UTC"), (3600, "UTC"), (86_400, "Europe/Vienna"), (7 * 86_400, "UTC"), (3e7, "UTC"),
        ] {
            let period = Runs.monday..<Runs.monday + length
            let chart = try #require(draw([Runs.measured(0)], period: period, zone: zone))
            for tick in chart.timeTicks {
                let place = try #require(Double(tick.at))
                let width = Double(tick.label.count) * ChartAxis.widestLetter
                let isAtEnd = tick.style.hasPrefix("end")
                #expect(place - (isAtEnd ? width : width / 2) >= 0 && place + (isAtEnd ? 0 : width / 2) <= 720)
            }
            for tick in chart.rateTicks { #expect(tick.label.count <= 5) }
        }
    }

    @Test("Where nothing was measured there is no chart; rates of 0 and empty periods trap nothing")
    func degenerate() throws {
        #expect(draw([Runs.failed(0)], Runs.target(down: 100)) == nil)
        #expect(draw([]) == nil)
        #expect(try #require(draw([Runs.measured(0, down: 0)])).rateTicks.first?.label == "0")
        #expect(draw([Runs.measured(0)], period: Runs.monday..<Runs.monday) != nil)
        #expect(draw([Runs.measured(0)], period: .distantPast..<Date.distantFuture) != nil)
        #expect(draw([Runs.measured(0, down: 1e300)]) != nil)
        #expect(draw([Runs.measured(0, down: .infinity)]) == nil)
    }
}
