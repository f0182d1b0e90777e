import FleetModel
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Agent

@Suite("Clocks that are set while the agent runs")
struct ClockKeeperTests {
    private final class Clocks: Sendable {
        let boot = Mutex(100.0)
        let notes = Mutex<[String]>([])
    }

    private let clocks = Clocks()
    private let store = MemoryStore()
    private let now = Date(timeIntervalSince1970: 1_772_424_000)

    private func keeper(_ now: Date) async throws -> ClockKeeper {
        try await ClockKeeper(store: store, now: now, boot: { [clocks] in clocks.boot.withLock { $0 } }) {
            [clocks] text in
            clocks.notes.withLock { $0.append(text) }
        }
    }

    private func pass(_ seconds: Double) { clocks.boot.withLock { $0 += seconds } }

    private func record(_ start: Date) async throws -> UUID {
        let run = ProbeResult(
            runID: UUID(), target: "r1", probe: "tcp", kind: .btest, trigger: .schedule, jobID: "r1/tcp/0",
            slot: Int64(start.timeIntervalSince1970), scheduledAt: start, startedAt: start, duration: .seconds(1),
            outcome: .measured)
        #expect(try await store.keep(run) == .recorded)
        return run.runID
    }

    private func isPlaced(_ id: UUID) async throws -> Bool? { try await store.run(id: id)?.isPlacedInTime }

    @Test func `rows from ahead of the clock are told at the start`() async throws {
        let wrong = try await record(now + 86_400)
        let right = try await record(now - 60)
        _ = try await keeper(now)
        #expect(try await isPlaced(wrong) == false)
        #expect(try await isPlaced(right) == true)
        #expect(
            clocks.notes.withLock { $0 } == [
                "the store holds 1 run from ahead of the clock, up to \((now + 86_400).formatted(.iso8601)): a clock was wrong. "
                    + "They carry clock-wrong, and their slots are run when they are due"
            ])
    }

    @Test func `a clock that was ahead and is set back loses its rows, and no others`() async throws {
        let before = try await record(now - 3600)
        let keeper = try await keeper(now + 47 * 3600)
        let wrong = try await record(now + 47 * 3600 + 60)
        pass(120)
        try await keeper.clockJumped(from: now + 47 * 3600 + 120, to: now + 120)
        #expect(try await isPlaced(wrong) == false)
        #expect(try await isPlaced(before) == true)
        #expect(clocks.notes.withLock { $0.count } == 1)
    }

    @Test func `a clock that was behind and is set right doubts its own rows, and no longer the others`() async throws {
        let right = try await record(now - 3600)
        let keeper = try await keeper(now - 30 * 86_400)
        #expect(try await isPlaced(right) == false)
        let behind = try await record(now - 30 * 86_400 + 60)
        pass(300)
        try await keeper.clockJumped(from: now - 30 * 86_400 + 300, to: now + 300)
        #expect(try await isPlaced(right) == true)
        #expect(try await isPlaced(behind) == false)
        #expect(try await store.run(id: right)?.slot == Int64((now - 3600).timeIntervalSince1970))
        #expect(clocks.notes.withLock { $0.count } == 2)
    }

    @Test func `a machine that slept shows a later time and had no wrong clock`() async throws {
        let wrong = try await record(now + 86_400)
        let keeper = try await keeper(now)
        let own = try await record(now + 60)
        pass(2 * 86_400)
        try await keeper.clockJumped(from: now + 60, to: now + 2 * 86_400)
        #expect(try await isPlaced(wrong) == false)
        #expect(try await isPlaced(own) == true)
    }

    @Test func `a clock that is set wrong and right again leaves every row as it was`() async throws {
        let keeper = try await keeper(now)
        let right = try await record(now + 60)
        pass(120)
        try await keeper.clockJumped(from: now + 120, to: now + 9 * 365 * 86_400)
        let wrong = try await record(now + 9 * 365 * 86_400 + 60)
        pass(120)
        try await keeper.clockJumped(from: now + 9 * 365 * 86_400 + 120, to: now + 240)
        #expect(try await isPlaced(right) == true)
        #expect(try await isPlaced(wrong) == false)
        #expect(try await store.run(id: right)?.slot != nil)
    }
}
