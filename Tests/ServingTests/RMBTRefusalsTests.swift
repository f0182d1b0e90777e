import Foundation
import RMBT
import Testing

@testable import Serving

@Suite struct RMBTRefusalsTests {
    private static func date(_ seconds: Double) -> Date { Date(timeIntervalSince1970: seconds) }

    private static func event(_ peer: String = "192.0.2.1", key: String? = "ours") -> RMBTServerEvent {
        .refused(peer: peer, keyLabel: key, refusal: .tooManySessions(limit: 1))
    }

    @Test func `connections of one test that are refused together are one refusal`() {
        let refusals = RMBTRefusals()
        let first = refusals.refusal(Self.event(), at: Self.date(100))
        #expect(first?.peer == "192.0.2.1")
        #expect(first?.user == "ours")
        #expect(first?.reason == "as many tests are running as may: 1")
        #expect(refusals.refusal(Self.event(), at: Self.date(100.9)) == nil)
        #expect(refusals.refusal(Self.event("192.0.2.2"), at: Self.date(100.9)) != nil)
        #expect(refusals.refusal(Self.event("192.0.2.2", key: "theirs"), at: Self.date(100.9)) != nil)
        #expect(refusals.refusal(Self.event("192.0.2.2", key: "theirs"), at: Self.date(101.9)) != nil)
        // A clock that was set back hides nothing.
        #expect(refusals.refusal(Self.event("192.0.2.2", key: "theirs"), at: Self.date(50)) != nil)
    }

    @Test func `of a running test only the end by a quota is kept, and a key without a label has no name`() {
        let refusals = RMBTRefusals()
        func kept(_ event: RMBTServerEvent) -> [String?] {
            refusals.refusal(event, at: Self.date(0)).map { [$0.peer, $0.user, $0.reason] } ?? []
        }
        #expect(
            kept(.ended(peer: "::1", keyLabel: "", refusal: .quota("it is used up"))) == [
                "::1", nil, "test ended: it is used up",
            ])
        #expect(kept(.ended(peer: "::1", keyLabel: "a", refusal: .timeout("a step of its test"))) == [])
        #expect(
            kept(.connectionDropped(source: "2001:db8::/64", reason: "a penalty", untold: 3)) == [
                "2001:db8::/64", nil, "a penalty",
            ])
    }
}
