import FleetModel
import Foundation

/// Runs as JSON, with the keys in the order of the contract.
public enum JSONReport {
    /// `--format json`: one array, a run a line, with a line feed at its end.
    ///
    /// - Parameter unstored: runs that no store has.
    public static func array(
        _ results: [ProbeResult], unstored: Set<UUID> = [], includingSamples: Bool = false
    ) -> String {
        guard !results.isEmpty else { return "[]\n" }
        let lines = results.map {
            " " + line($0, isStored: !unstored.contains($0.runID), includingSamples: includingSamples)
        }
        return "[\n" + lines.joined(separator: ",\n") + "\n]\n"
    }

    /// `--format jsonl`: one run on one line, without the line feed after it.
    public static func line(
        _ result: ProbeResult, isStored: Bool = true, includingSamples: Bool = false
    ) -> String {
        RunDocument(result, isStored: isStored, includingSamples: includingSamples).value.line
    }
}
