import Testing

@testable import ServerLimits

@Suite struct QuotaRuleTests {
    @Test func `the names of periods and directions are those of the command line`() {
        #expect(QuotaPeriod.allCases.map(\.rawValue) == ["day", "week", "month"])
        #expect(QuotaDirection.allCases.map(\.rawValue) == ["in", "out", "combined"])
    }
}
