import FleetModel
import Foundation
import Testing

@testable import CommandLine

@Suite struct BusyCPUWarningTests {
    private func text(_ flags: [String], local: Double?, remote: Double?) -> String? {
        BusyCPUWarning.text(
            ProbeResult(
                runID: UUID(), target: "hill", probe: "btest", kind: .btest, trigger: .manual, startedAt: .now,
                duration: .seconds(1), outcome: .measured, cpu: .init(local: local, remote: remote), flags: flags))
    }

    @Test func `a busy end has a warning with its load, and an idle one has none`() {
        #expect(
            text(["remote-cpu-bound"], local: 0.2, remote: 0.934)
                == "hill: CPU-bound: router 93 %; the link may be faster")
        #expect(
            text(["remote-cpu-bound", "local-cpu-bound"], local: 0.71, remote: 1)
                == "hill: CPU-bound: router 100 %, this host 71 %; the link may be faster")
        #expect(text([], local: 0.7, remote: 0.7) == nil)
        #expect(text(["local-cpu-bound"], local: .nan, remote: nil) == nil)
    }
}
