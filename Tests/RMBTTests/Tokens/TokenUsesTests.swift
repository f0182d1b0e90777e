import TestSupport
import Testing

@testable import RMBT

@Suite(.onlyComputes) struct TokenUsesTests {
    @Test func `a token serves so many connections, whenever they come`() {
        var uses = RMBTTokenUses(most: 20)
        for second in 0..<20 {
            #expect(!uses.isUsedUp("a"))
            uses.use("a", at: 1_700_000_000 + Int64(second) * 5)
        }
        #expect(uses.isUsedUp("a"))
        #expect(!uses.isUsedUp("b"))
    }

    @Test func `a token is remembered as long as it can be good, and no longer`() {
        var uses = RMBTTokenUses(most: 1)
        // 20 s early, so it is good for another 110 s.
        uses.use("a", at: 1000)
        uses.use("b", at: 1110)
        #expect(uses.isUsedUp("a"))
        uses.use("c", at: 1121)
        #expect(uses.count == 2)
        for second in 0..<100_000 { uses.use("token \(second)", at: 2000 + Int64(second)) }
        #expect(uses.count <= 122)
    }
}
