import Testing

@testable import FleetModel

@Suite struct LongestDurationTests {
    @Test func `an RMBT test has room for what a line of 0.2 Mbit/s needs`() {
        // Twice 8 s of pre-test, 7 s of test and 5 s behind it; 7 s of pings; 15 s to open connections, and again behind a full queue.
        #expect(ProbeRecipe.rmbt(.init()).longestDuration == .seconds(62))
        #expect(ProbeRecipe.rmbt(.init(direction: .upload)).longestDuration == .seconds(32))
        #expect(ProbeRecipe.rmbt(.init(pings: 100)).longestDuration == .seconds(125))
        // What is told at the end alone has to be carried until then.
        #expect(ProbeRecipe.rmbt(.init(putTimeResult: true)).longestDuration == .seconds(72))
    }

    @Test func `a latency probe has room to look up a name with several addresses`() {
        #expect(ProbeRecipe.latency(.init()).longestDuration == .seconds(9))
    }
}
