import FleetModel
import Foundation
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

    /// The data on standard output.
    ///
    /// - Parameter unstored: runs that no store has.
    func print(_ results: [ProbeResult], unstored: Set<UUID> = []) {
        switch format {
        case .table: Terminal.output(RunTable.text(results, colour: hasColour) + CapacityText.text(results))
        case .json: Terminal.output(JSONReport.array(results, unstored: unstored, includingSamples: includesSamples))
        case .jsonl:
            for result in results {
                let isStored = !unstored.contains(result.runID)
                Terminal.output(
                    JSONReport.line(result, isStored: isStored, includingSamples: includesSamples) + "\n")
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
