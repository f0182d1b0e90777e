import FleetModel
import Reports

/// Prints results in the format that was asked for.
struct ResultPrinter: Sendable {
    let format: OutputFormat
    let hasColour: Bool
    var includesSamples = false

    init(_ options: OutputOptions, includesSamples: Bool = false) {
        format = options.format
        hasColour = options.hasColour
        self.includesSamples = includesSamples
    }

    /// The data on standard output, and each failure as a line on standard error.
    func print(_ results: [ProbeResult]) {
        switch format {
        case .table: Terminal.output(RunTable.text(results, colour: hasColour) + CapacityText.text(results))
        case .json: Terminal.output(JSONReport.array(results, includingSamples: includesSamples))
        case .jsonl:
            for result in results {
                Terminal.output(JSONReport.line(result, includingSamples: includesSamples) + "\n")
            }
        case .csv: Terminal.output(CSVReport.runs(results))
        }
    }

    static func noteFailures(_ results: [ProbeResult]) {
        for result in results {
            if case .failed(let failure) = result.outcome {
                Terminal.note("probe: \(result.target): \(failure.message)")
            }
        }
    }
}
