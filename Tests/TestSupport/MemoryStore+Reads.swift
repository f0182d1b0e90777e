import FleetModel
import Foundation

extension MemoryStore {
    package func runs(_ query: RunQuery, limit: Int) async throws -> [ProbeResult] {
        try reading { contents in
            let horizon = Date().addingTimeInterval(WrongRows.tolerance)
            func isWrong(_ row: Row) -> Bool { row.result.startedAt > horizon || !row.result.isPlacedInTime }
            let found = contents.rows(query).reversed()
            let ordered = found.filter { !isWrong($0) } + found.filter(isWrong)
            return ordered.prefix(Self.inLimit(limit)).map { query.narrowed($0.result) }
        }
    }

    package func count(_ query: RunQuery) async throws -> Int {
        try reading { $0.rows(query).count }
    }

    package func fold<Value: Sendable>(
        _ query: RunQuery, into initial: Value, _ body: @escaping @Sendable (inout Value, ProbeResult) throws -> Void
    ) async throws -> Value {
        try reading { contents in
            try contents.rows(query).reduce(into: initial) { try body(&$0, query.narrowed($1.result)) }
        }
    }

    package func run(id: UUID) async throws -> ProbeResult? {
        try reading { contents in contents.runIDs[id].map { contents.rows[$0].result } }
    }

    package func latestSlots(now: Date) async throws -> [String: Int64] {
        let horizon = now.addingTimeInterval(WrongRows.tolerance)
        return try reading { contents in
            let slots = contents.rows.map(\.result).filter { $0.startedAt <= horizon && $0.isPlacedInTime }
                .compactMap(\.jobSlot)
            return Dictionary(slots.map { ($0.job, $0.slot) }, uniquingKeysWith: max)
        }
    }

    package func firstSeen(now: Date) async throws -> [String: Date] {
        let horizon = now.addingTimeInterval(WrongRows.tolerance)
        return try reading { contents in
            contents.targets.mapValues { known in
                let begun = contents.firstRun(of: known.stored.name, until: horizon)
                return known.firstSeen <= horizon ? max(known.firstSeen, begun ?? known.firstSeen) : begun ?? horizon
            }
        }
    }

    package func events(in period: Range<Date>?, limit: Int) async throws -> [StoreEvent] {
        try reading { contents in
            let found = contents.events.filter { period?.contains($0.date) ?? true }
            return Array(found.ordered { $0.date < $1.date }.reversed().prefix(Self.inLimit(limit)))
        }
    }

    package func targets() async throws -> [StoredTarget] {
        try reading { $0.targets.values.map(\.stored).sorted { $0.name < $1.name } }
    }

    package func newestRow() async throws -> Int64 {
        try reading { $0.rows.last?.id ?? 0 }
    }

    private static func inLimit(_ limit: Int) -> Int { min(max(limit, 1), RunQuery.maxRows) }
}

extension MemoryStore.Contents {
    /// By their start, and those of one instant in the order in which they came.
    fileprivate func rows(_ query: RunQuery) -> [MemoryStore.Row] {
        rows.filter { row in
            let run = row.result
            return (query.period?.contains(run.startedAt) ?? true) && (query.targets?.contains(run.target) ?? true)
                && (query.probe.map { $0 == run.probe } ?? true)
        }.ordered { $0.result.startedAt < $1.result.startedAt }
    }
}

extension RunQuery {
    fileprivate func narrowed(_ result: ProbeResult) -> ProbeResult {
        guard !includesSamples else { return result }
        var result = result
        result.download?.samples = []
        result.upload?.samples = []
        return result
    }
}

extension Array {
    /// Sorted; what is equal stays in its order.
    fileprivate func ordered(by areInOrder: (Element, Element) -> Bool) -> [Element] {
        enumerated().sorted {
            areInOrder($0.element, $1.element) || (!areInOrder($1.element, $0.element) && $0.offset < $1.offset)
        }.map(\.element)
    }
}
