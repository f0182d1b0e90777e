import FleetModel

/// Runs as JSON, with the keys in the order of the contract.
public enum JSONReport {
    /// `--format json`: one array, a run a line, with a line feed at its end.
    public static func array(_ results: [ProbeResult], includingSamples: Bool = false) -> String {
        guard !results.isEmpty else { return "[]\n" }
        let lines = results.map { " " + line($0, includingSamples: includingSamples) }
        return "[\n" + lines.joined(separator: ",\n") + "\n]\n"
    }

    /// `--format jsonl`: one run on one line, without the line feed after it.
    public static func line(_ result: ProbeResult, includingSamples: Bool = false) -> String {
        RunDocument(result, includingSamples: includingSamples).value.line
    }
}
