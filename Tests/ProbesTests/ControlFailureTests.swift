import FleetModel
import RMBTControl
import Testing

@testable import Probes

/// The kinds under which a Control Server's failures are told.
@Suite struct ControlFailureTests {
    @Test func `a full Control Server is busy, and one that says no refuses`() {
        #expect(ProbeFailure(ControlError.busy(server: "s", words: "try again in 9 s")).kind == .busy)
        #expect(ProbeFailure(ControlError.longWait(server: "s", seconds: 61)).kind == .busy)
        #expect(ProbeFailure(ControlError.refused(server: "s", status: 400, words: "")).kind == .refused)
        #expect(ProbeFailure(ControlError.noTest(server: "s", words: "no")).kind == .refused)
    }

    @Test func `an answer that cannot be read is a fault of the protocol`() {
        #expect(ProbeFailure(ControlError.unreadable(server: "s")).kind == .protocol)
        #expect(ProbeFailure(ControlError.malformed(server: "s", detail: "x")).kind == .protocol)
    }
}
