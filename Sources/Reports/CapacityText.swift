import FleetModel

/// The steps of a search for the capacity, as lines for a terminal.
public enum CapacityText {
    /// Nothing for runs that made no search.
    public static func text(_ results: [ProbeResult]) -> String {
        results.map { result in
            [("Download", result.downloadCapacity), ("Upload", result.uploadCapacity)].map { name, capacity in
                capacity.map { text(VisibleText.of(result.target), name, $0) } ?? ""
            }.joined()
        }.joined()
    }

    private static func text(_ target: String, _ name: String, _ capacity: CapacityResult) -> String {
        // Why nothing was tried is told as the run's failure.
        if capacity.steps.isEmpty { return "" }
        let head =
            capacity.bitsPerSecond.map {
                "\(name) capacity of \(target): \(capacity.isAtLeast ? "at least " : "")\(NumberText.rate($0))\(why(capacity))"
            } ?? "\(name) capacity of \(target): not found"
        let rows =
            [["asked", "received", "lost"]]
            + capacity.steps.map { step in
                [
                    NumberText.rate(step.askedBitsPerSecond), NumberText.rate(step.receivedBitsPerSecond),
                    NumberText.fixed(step.lossRatio * 100, 1) + " %",
                ]
            }
        let widths = (0..<3).map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            "  " + zip(row, widths).map { String(repeating: " ", count: $1 - $0.count) + $0 }.joined(separator: "  ")
        }
        return ([head] + lines).joined(separator: "\n") + "\n"
    }

    /// Why it may be more.
    private static func why(_ capacity: CapacityResult) -> String {
        switch capacity.ending {
        case "ceiling": " (the highest rate to try)"
        case "sender-limit": " (the sender does not send more)"
        case "limit": " (the time for the search was over)"
        default: ""
        }
    }
}
