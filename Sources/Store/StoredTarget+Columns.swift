import FleetModel
import Foundation

extension StoredTarget {
    /// The tags as a JSON object with sorted keys.
    func tagsText() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(tags), as: UTF8.self)
    }
}
