import TestSupport
import Testing

@testable import RMBT

@Suite(.onlyComputes) struct ReportWaitTests {
    private static let second: Int64 = 1_000_000_000

    @Test func `reports up to a second before the end are enough after the first tenth of a second`() {
        var wait = ReportWait(duration: 7 * Self.second)
        #expect(wait.reportReceived(at: 6 * Self.second) == nil)
        #expect(wait.timeIsOver() == .wait(nanoseconds: 100_000_000))
        #expect(wait.waitEnded() == .end)
    }

    @Test func `missing reports are waited for, until they reach a second before the end`() {
        var wait = ReportWait(duration: 7 * Self.second)
        #expect(wait.reportReceived(at: 4 * Self.second) == nil)
        #expect(wait.timeIsOver() == .wait(nanoseconds: 100_000_000))
        #expect(wait.reportReceived(at: 5 * Self.second) == nil)
        #expect(wait.waitEnded() == .wait(nanoseconds: 3 * Self.second))
        #expect(wait.reportReceived(at: 6 * Self.second - 1) == nil)
        #expect(wait.reportReceived(at: 6 * Self.second) == .end)
    }

    @Test func `reports that are still missing after 3.1 s are given up`() {
        var wait = ReportWait(duration: 7 * Self.second)
        #expect(wait.timeIsOver() == .wait(nanoseconds: 100_000_000))
        #expect(wait.waitEnded() == .wait(nanoseconds: 3 * Self.second))
        #expect(wait.reportReceived(at: Self.second) == nil)
        #expect(wait.waitEnded() == .end)
        #expect(ReportWait.longestSeconds == 3.1)
    }

    @Test func `a test of a second still wants a report`() {
        var wait = ReportWait(duration: Self.second)
        #expect(wait.timeIsOver() == .wait(nanoseconds: 100_000_000))
        #expect(wait.waitEnded() == .wait(nanoseconds: 3 * Self.second))
        #expect(wait.reportReceived(at: 1) == .end)
    }

    @Test func `reports while chunks still go out end nothing`() {
        var wait = ReportWait(duration: Self.second)
        #expect(wait.reportReceived(at: 2 * Self.second) == nil)
    }
}
