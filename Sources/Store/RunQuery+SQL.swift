import FleetModel
import Foundation
import GRDB

extension RunQuery {
    /// The WHERE clause, or nothing, and what stands for its question marks.
    func condition() throws -> (sql: String, arguments: StatementArguments) {
        var terms: [String] = []
        var arguments = StatementArguments()
        if let period {
            terms.append("run.started_at >= ? AND run.started_at < ?")
            arguments += [StoreTime.nanoseconds(of: period.lowerBound), StoreTime.nanoseconds(of: period.upperBound)]
        }
        if let targets {
            // One argument however many names there are: SQLite takes 32,766 at most.
            terms.append("run.target IN (SELECT id FROM target WHERE name IN (SELECT value FROM json_each(?)))")
            arguments += [String(decoding: try JSONEncoder().encode(targets), as: UTF8.self)]
        }
        if let probe {
            terms.append("run.probe = ?")
            arguments += [probe]
        }
        return (terms.isEmpty ? "" : "WHERE " + terms.joined(separator: " AND "), arguments)
    }
}
