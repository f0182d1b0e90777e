import FleetModel
import Foundation
import Testing

@testable import Reports

@Suite("Chart of rates")
struct RateChartTests {
    func draw(_ runs: [ProbeResult], _ target: Target = Runs.target(), period: Range<Date> = Runs.week) -> RateChart? {
        let summary = TargetSummary(
            name: target.name, target: target, results: runs, due: nil, minimumRuns: 5, planShare: 0.9)
        return RateChart(summary, period: period, anchor: "t1")
    }

    @Test("The line breaks where a run failed, and the failure is marked on the time axis")
    func breaks() throws {
        let runs = [Runs.measured(0), Runs.measured(24), Runs.failed(48), Runs.measured(72), Runs.measured(96)]
        let chart = try #require(draw(runs))
        let line = try #require(chart.seriesList.first).linePath
        #expect(line.filter { $0 == "M" }.count == 2 && line.filter { $0 == "L" }.count == 2)
        #expect(chart.failurePath == "M298.2 200.5l7 7m0-7l-7 7")
        #expect(chart.altText == "Download: 4 runs, 90.0 Mbit/s to 90.0 Mbit/s. 1 run failed.")
    }

    @Test("Times stand where they belong, and rates on a scale from 0 to a round number above them and the plan")
    func scale() throws {
        let half = Runs.measured(84, down: 60)
        let chart = try #require(draw([half], Runs.target(down: 100)))
        #expect(chart.rateTicks.map(\.label) == ["0", "25", "50", "75", "100"])
        #expect(chart.rateTicks.map(\.at) == ["204", "156", "108", "60", "12"])
        #expect(chart.seriesList.first?.planAt == "12")
        #expect(chart.seriesList.first?.dotPath == "M492 88.8h0")
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
