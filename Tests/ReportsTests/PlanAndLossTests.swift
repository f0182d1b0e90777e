import FleetModel
import Foundation
import Judgement
import Testing
import TestSupport

@testable import Reports

@Suite("How plans and losses are told")
struct PlanAndLossTests {
    @Test("A test that is capped below the plan is told as no shortfall")
    func capped() throws {
        let runs = (0..<18).map { number in
            var run = Runs.measured(number, down: 49.8, up: 19.9)
            run.download?.cap = .limited(BitRate(bitsPerSecond: 50e6))
            run.upload?.cap = .limited(BitRate(bitsPerSecond: 50e6))
            return run
        }
        let input = Runs.input([Runs.target(down: 100, up: 20)], runs)
        #expect(FleetSummary(input).verdict == "The one target answered.")
        #expect(try !HTMLReport.render(input).contains("below plan"))
    }

    @Test("Six answered and six dead runs have lost half, in every form of the report")
    func deadRuns() throws {
        let input = Runs.input([Runs.target()], (0..<12).map { Runs.ping($0, isAnswered: $0 < 6) })
        #expect(try HTMLReport.render(input).contains("50.0 %"))
        let header = CSVReport.summary(input).split(separator: "\r\n")[0].split(separator: ",")
        let column = try #require(header.firstIndex(of: "loss_ratio"))
        let row = CSVReport.summary(input).split(separator: "\r\n")[1]
            .split(separator: ",", omittingEmptySubsequences: false)
        #expect(row[column] == "0.5")
        #expect(JSONReport.line(Runs.ping(0, isAnswered: false)).contains(#""sent":10}"#))
        let dead = JSONReport.line(Runs.ping(0, isAnswered: false))
        #expect(dead.contains(#""latency":{"median_seconds":null,"#))
        #expect(dead.contains(#""count":0,"loss_ratio":1.0"#))
    }
}
