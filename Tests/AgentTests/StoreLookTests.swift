import FleetModel
import Foundation
import Logging
import Store
import Synchronization
import TestSupport
import Testing

@testable import Agent

@Suite("The recorder looks after its store", .timeLimit(.minutes(1)))
struct StoreLookTests {
    private static let limits = {
        var limits = RunRecorder.Limits()
        limits.lookEvery = .milliseconds(10)
        limits.firstPause = .milliseconds(10)
        limits.longestPause = .milliseconds(20)
        return limits
    }()

    private static func result(_ slot: Int64) -> ProbeResult {
        ProbeResult(
            runID: UUID(), target: "r1", probe: "tcp", kind: .btest, trigger: .schedule, jobID: "r1/tcp/0", slot: slot,
            scheduledAt: Date(timeIntervalSince1970: 1), startedAt: Date(timeIntervalSince1970: 1),
            duration: .seconds(1), outcome: .measured)
    }

    private static func recorder(
        _ store: any RunStore, noticed: @escaping @Sendable (RunRecorder.Notice) -> Void = { _ in }
    ) -> RunRecorder {
        RunRecorder(
            store: store, limits: limits, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            noticed: noticed)
    }

    private static func until(_ isTrue: () async -> Bool) async {
        while await !isTrue() { try? await Task.sleep(for: .milliseconds(5)) }
    }

    @Test func `a store that took the place of another is an event, and is told the fleet`() async {
        let store = MemoryStore()
        let notices = Mutex<[RunRecorder.Notice]>([])
        let recorder = Self.recorder(store) { notice in notices.withLock { $0.append(notice) } }
        let running = Task { await recorder.run() }
        store.replace("another file took the place")
        await Self.until { !store.keptEvents.isEmpty }
        #expect(store.keptEvents.map(\.kind) == [.storeReplaced])
        #expect(store.keptEvents.first?.message == "another file took the place")
        #expect(notices.withLock { $0 } == [.tookOver])
        #expect(await recorder.finish(within: .seconds(5)) == 0)
        await running.value
    }

    @Test func `a store that is away is noticed without a result, and both ends of that time stand in it`() async {
        let store = MemoryStore()
        let recorder = Self.recorder(store)
        let running = Task { await recorder.run() }
        store.fail(with: .init(description: "the store is gone"))
        let before = store.tries
        await Self.until { store.looks > 3 }
        #expect(store.tries == before)
        store.fail(with: nil)
        await Self.until { store.keptEvents.count == 2 }
        #expect(store.keptEvents.map(\.kind) == [.resultsNotKept, .resultsKept])
        #expect(store.keptEvents.first?.message.contains("the store is gone") == true)
        #expect(await recorder.finish(within: .seconds(5)) == 0)
        await running.value
    }

    @Test func `a deleted store keeps nothing and loses nothing, and the one that is put there has every result once`()
        async throws
    {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("look-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("a.db").path
        let recorder = Self.recorder(try ResultStore(path: path))
        let running = Task { await recorder.run() }
        unlink(path)
        let results = (0..<20).map { Self.result($0) }
        for result in results { recorder.record(result, configurationHash: nil) }
        try await Task.sleep(for: .milliseconds(100))
        #expect(access(path, F_OK) != 0)
        #expect(recorder.waiting == 20)
        let next = folder.appendingPathComponent("next.db").path
        try ResultStore(path: next).close()
        #expect(rename(next, path) == 0)
        #expect(await recorder.finish(within: .seconds(10)) == 0)
        await running.value
        let store = try ResultStore(path: path, access: .readOnly)
        #expect(try await Set(store.runs().map(\.runID)) == Set(results.map(\.runID)))
        #expect(try await store.runs().count == 20)
    }
}
