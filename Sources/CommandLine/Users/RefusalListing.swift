import Accounts
import Reports

/// Refused tests in the formats of every command.
struct RefusalListing {
    let refusals: [Refusal]

    func text(_ format: OutputFormat) -> String {
        switch format {
        case .table:
            var table = TextTable(headings: ["AT", "PEER", "USER", "REASON"])
            table.rows = refusals.map { [UTCTime.seconds($0.date), $0.peer, $0.user ?? "–", $0.reason] }
            return table.text
        case .json: return "[" + refusals.map { Self.json($0).line }.joined(separator: ",") + "]\n"
        case .jsonl: return refusals.map { Self.json($0).line + "\n" }.joined()
        case .csv:
            var table = CSVTable(header: ["at", "peer", "user", "reason"])
            for refusal in refusals {
                table.append([.time(refusal.date), .text(refusal.peer), .text(refusal.user), .text(refusal.reason)])
            }
            return table.text
        }
    }

    private static func json(_ refusal: Refusal) -> JSONValue {
        .object([
            "at": .text(UTCTime.milliseconds(refusal.date)), "peer": .text(refusal.peer),
            "user": .orNull(refusal.user), "reason": .text(refusal.reason),
        ])
    }
}
