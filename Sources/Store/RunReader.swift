import FleetModel
import Foundation
import GRDB
import SQLiteFiles

/// Turns a row of ``RunColumn/select`` back into a result.
struct RunReader {
    private let columns: ColumnReader

    init(_ row: Row) {
        let index = RunColumn.runID.rawValue
        let name = index < row.count ? row[index] as DatabaseValue : .null
        columns = ColumnReader(row: row, table: "run", name: name.storage.value.map { "\($0)" } ?? "without an id")
    }

    /// - Parameter samples: reads the samples of a transfer by its row id.
    func result(samples: (Int64) throws -> [TransferResult.Sample]) throws -> ProbeResult {
        let idText = try require(text(.runID), .runID)
        guard let runID = UUID(uuidString: idText) else {
            throw columns.unreadable(RunColumn.runID.sql, .string(idText))
        }
        let started = try require(integer(.started), .started)
        let (length, overflow) = try require(integer(.finished), .finished).subtractingReportingOverflow(started)
        var result = ProbeResult(
            runID: runID, target: try require(text(.target), .target), probe: try require(text(.probe), .probe),
            kind: try require(word(.kind), .kind), trigger: try require(word(.trigger), .trigger),
            startedAt: StoreTime.date(ofNanoseconds: started), duration: .nanoseconds(overflow ? 0 : length),
            outcome: try outcome())
        result.jobID = try text(.job)
        result.slot = try integer(.slot)
        result.scheduledAt = try integer(.scheduled).map(StoreTime.date(ofNanoseconds:))
        result.download = try transfer(startingAt: .downloadID, samples)
        result.upload = try transfer(startingAt: .uploadID, samples)
        result.latency = try latency()
        result.latencyUnderLoad = try latencyUnderLoad()
        let (local, remote) = (try real(.localCPU), try real(.remoteCPU))
        result.cpu = local == nil && remote == nil ? nil : ProbeResult.CPULoad(local: local, remote: remote)
        result.authentication = try word(.authentication)
        result.flags = try (text(.flags) ?? "").split(separator: " ").map(String.init)
        return result
    }

    private func outcome() throws -> ProbeResult.Outcome {
        let name = try require(text(.outcome), .outcome)
        let sentence = try text(.failure) ?? ""
        switch name {
        case "measured": return .measured
        case "failed": return .failed(ProbeFailure(try require(word(.failureKind), .failureKind), sentence))
        case "skipped": return .skipped(sentence)
        case "missed": return .missed(sentence)
        default: throw columns.unreadable(RunColumn.outcome.sql, .string(name))
        }
    }

    /// The nine columns of a direction stand side by side in ``RunColumn``.
    private func transfer(
        startingAt first: RunColumn, _ samples: (Int64) throws -> [TransferResult.Sample]
    ) throws -> TransferResult? {
        guard let id = try integer(first) else { return nil }
        let names = ["bits_per_second", "bytes", "duration_ns", "connections"]
        let at = first.rawValue + 1
        let rate = try columns.require(columns.real(at, names[0]), names[0])
        let bytes = try columns.require(columns.integer(at + 1, names[1]), names[1])
        let duration = try columns.require(columns.integer(at + 2, names[2]), names[2])
        let connections = try columns.require(columns.integer(at + 3, names[3]), names[3])
        guard let count = Int(exactly: connections) else { throw columns.unreadable(names[3], .int64(connections)) }
        return TransferResult(
            bitsPerSecond: rate, bytes: bytes, duration: .nanoseconds(duration), connections: count,
            lostPackets: try columns.integer(at + 4, "lost_packets"),
            reorderedPackets: try columns.integer(at + 5, "reordered_packets"),
            duplicatePackets: try columns.integer(at + 6, "duplicate_packets"), samples: try samples(id),
            cap: Self.cap(try columns.real(at + 7, "cap_bits_per_second")))
    }

    private static func cap(_ column: Double?) -> RateCap {
        guard let column else { return .unknown }
        return column > 0 ? .limited(BitRate(bitsPerSecond: column)) : .none
    }

    private func latency() throws -> LatencySummary? {
        let median = try seconds(.idleMedian)
        // A row without a median is one of round trips that nobody answered; without any row there is no count.
        guard try median != nil || integer(.idleCount) != nil else { return nil }
        let count = try require(integer(.idleCount), .idleCount)
        guard let answered = Int(exactly: count) else {
            throw columns.unreadable(RunColumn.idleCount.sql, .int64(count))
        }
        return LatencySummary(
            method: try require(word(.idleMethod), .idleMethod), median: median, min: try seconds(.idleMin) ?? median,
            max: try seconds(.idleMax) ?? median, p95: try seconds(.idleP95) ?? median, count: answered,
            lossRatio: try real(.idleLoss) ?? 0, jitter: try seconds(.idleJitter),
            sent: try integer(.idleSent).flatMap(Int.init(exactly:)))
    }

    private func latencyUnderLoad() throws -> ProbeResult.LoadedLatency? {
        let (down, up) = (try seconds(.downloadMedian), try seconds(.uploadMedian))
        return down == nil && up == nil ? nil : ProbeResult.LoadedLatency(downloadMedian: down, uploadMedian: up)
    }

    private func seconds(_ column: RunColumn) throws -> Double? {
        try integer(column).map(StoreTime.seconds(ofNanoseconds:))
    }

    private func integer(_ column: RunColumn) throws -> Int64? { try columns.integer(column.rawValue, column.sql) }
    private func real(_ column: RunColumn) throws -> Double? { try columns.real(column.rawValue, column.sql) }
    private func text(_ column: RunColumn) throws -> String? { try columns.text(column.rawValue, column.sql) }

    private func word<Word: RawRepresentable>(_ column: RunColumn) throws -> Word? where Word.RawValue == String {
        try columns.word(column.rawValue, column.sql)
    }

    private func require<Value>(_ value: Value?, _ column: RunColumn) throws -> Value {
        try columns.require(value, column.sql)
    }
}
