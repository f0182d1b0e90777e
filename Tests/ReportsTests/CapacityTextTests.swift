import FleetModel
import Testing
import TestSupport

@testable import Reports

@Suite("The steps of a search for the capacity")
struct CapacityTextTests {
    private func run(_ ending: String, isAtLeast: Bool) -> ProbeResult {
        var run = Runs.measured(1, target: "ap-north", down: 48.5)
        run.downloadCapacity = CapacityResult(
            bitsPerSecond: 48.5e6, isAtLeast: isAtLeast, ending: ending,
            steps: [
                .init(askedBitsPerSecond: 32e6, receivedBitsPerSecond: 31.9e6, lossRatio: 0),
                .init(askedBitsPerSecond: 64e6, receivedBitsPerSecond: 49.5e6, lossRatio: 0.2263),
            ])
        return run
    }

    @Test("are lines under the table, with what bounded them")
    func text() {
        let found = CapacityText.text([run("found", isAtLeast: false)])
        #expect(found.hasPrefix("Download capacity of ap-north: 48.5 Mbit/s\n"))
        #expect(found.contains("22.6 %\n"))
        #expect(found.split(separator: "\n").count == 4)
        let ceiling = CapacityText.text([run("ceiling", isAtLeast: true)])
        #expect(ceiling.hasPrefix("Download capacity of ap-north: at least 48.5 Mbit/s (the highest rate to try)\n"))
        var lossy = run("random-loss", isAtLeast: true)
        lossy.downloadCapacity?.bitsPerSecond = nil
        #expect(CapacityText.text([lossy]).hasPrefix("Download capacity of ap-north: not found\n"))
        #expect(CapacityText.text([Runs.measured(1, target: "a", down: 1)]).isEmpty)
    }

    @Test("are in the JSON")
    func json() {
        let line = JSONReport.line(run("ceiling", isAtLeast: true))
        #expect(
            line.contains(
                #""capacity":{"download":{"bits_per_second":48500000.0,"at_least":true,"ending":"ceiling","steps":["#
                    + #"{"asked_bits_per_second":32000000.0,"received_bits_per_second":31900000.0,"loss_ratio":0.0},"#))
        #expect(line.contains(#""loss_ratio":0.2263}]},"upload":null}"#))
    }
}
