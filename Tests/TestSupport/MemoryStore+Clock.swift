import FleetModel
import Foundation

extension MemoryStore {
    package func markRuns(aheadOf now: Date) async throws -> WrongRows {
        let horizon = now.addingTimeInterval(WrongRows.tolerance)
        return try writing { $0.mark { $0.result.startedAt > horizon } }
    }

    package func markRuns(after row: Int64, behind instant: Date) async throws -> WrongRows {
        try writing { $0.mark { $0.id > row && $0.result.startedAt < instant } }
    }

    package func restoreRuns(_ rows: [Int64], at now: Date) async throws {
        let horizon = now.addingTimeInterval(WrongRows.tolerance)
        try writing { contents in
            for id in rows {
                guard let index = contents.rows.firstIndex(where: { $0.id == id }),
                    contents.rows[index].result.startedAt <= horizon
                else { continue }
                contents.restore(at: index)
            }
        }
    }
}

extension MemoryStore.Contents {
    fileprivate mutating func mark(_ isWrong: (MemoryStore.Row) -> Bool) -> WrongRows {
        var found = WrongRows()
        for index in rows.indices where isWrong(rows[index]) && rows[index].result.isPlacedInTime {
            found.ids.append(rows[index].id)
            found.latest = max(found.latest ?? .distantPast, rows[index].result.startedAt)
            if let slot = rows[index].result.jobSlot { slots[slot] = nil }
            rows[index].result.slot = nil
            rows[index].result.flags.append(RunFlag.clockWrong)
        }
        return found
    }

    fileprivate mutating func restore(at index: Int) {
        var result = rows[index].result
        result.flags.removeAll { $0 == RunFlag.clockWrong }
        if let job = result.jobID, let scheduled = result.scheduledAt {
            let slot = MemoryStore.JobSlot(job: job, slot: Int64(scheduled.timeIntervalSince1970))
            if slots[slot] == nil {
                slots[slot] = rows[index].id
                result.slot = slot.slot
            }
        }
        rows[index].result = result
    }
}
