import FleetModel
import Foundation
import Logging
import Store
import Synchronization
import TestSupport
import Testing

@testable import Agent

@Suite("The run recorder", .timeLimit(.minutes(1)))
struct RunRecorderTests {
    /// What was told, in its order.
    private final class Log<Value: Sendable>: Sendable {
        private let entries = Mutex<[Value]>([])
        var all: [Value] { entries.withLock { $0 } }
        func add(_ value: Value) { entries.withLock { $0.append(value) } }
    }

    private static func result(_ number: Int, target: String = "r1") -> ProbeResult {
        ProbeResult(
            runID: UUID(), target: target, probe: "tcp", kind: .btest, trigger: .schedule, jobID: "\(target)/tcp/0",
            slot: Int64(number), scheduledAt: Date(timeIntervalSince1970: Double(number)),
            startedAt: Date(timeIntervalSince1970: Double(number)), duration: .seconds(1), outcome: .measured)
    }

    /// Pauses are noted and cost nothing.
    private static func recorder(
        _ store: any RunStore, limits: RunRecorder.Limits = .init(), pauses: Log<Duration> = Log(),
        notices: Log<RunRecorder.Notice> = Log(), whilePausing: @escaping @Sendable (Int) -> Void = { _ in }
    ) -> RunRecorder {
        RunRecorder(
            store: store, limits: limits, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            sleep: { pause in
                pauses.add(pause)
                whilePausing(pauses.all.count)
                try Task.checkCancellation()
                await Task.yield()
            }, noticed: { notices.add($0) })
    }

    @Test func `what was handed over while nobody looked is committed in its order, in batches of 500`() async {
        let store = MemoryStore()
        let recorder = Self.recorder(store)
        let results = (0..<1234).map { Self.result($0) }
        for result in results { recorder.record(result, configurationHash: "a") }
        #expect(recorder.waiting == 1234)
        let running = Task { await recorder.run() }
        #expect(await recorder.finish(within: .seconds(20)) == 0)
        await running.value
        #expect(store.results == results)
        #expect(store.commits == [500, 500, 234])
        #expect(recorder.waiting == 0)
    }

    @Test func `runs of two configurations are not mixed in one transaction`() async {
        let store = MemoryStore()
        let recorder = Self.recorder(store)
        for number in 0..<6 { recorder.record(Self.result(number), configurationHash: number < 4 ? "a" : "b") }
        let running = Task { await recorder.run() }
        #expect(await recorder.finish(within: .seconds(20)) == 0)
        await running.value
        #expect(store.commits == [4, 2])
    }

    @Test func `a result is acknowledged after its commit and not before`() async {
        let store = MemoryStore()
        store.fail(with: .init())
        let acknowledged = Log<Bool>()
        let recorder = Self.recorder(
            store,
            whilePausing: { count in
                #expect(acknowledged.all.isEmpty)
                if count == 9 { store.fail(with: nil) }
            })
        recorder.record(Self.result(1), configurationHash: nil) { acknowledged.add($0) }
        let running = Task { await recorder.run() }
        #expect(await recorder.finish(within: .seconds(20)) == 0)
        await running.value
        #expect(acknowledged.all == [true])
    }

    @Test func `a store that is full for a while loses nothing, and both ends of that time stand in it`() async {
        let store = MemoryStore()
        store.fail(with: .init())
        let pauses = Log<Duration>()
        let recorder = Self.recorder(
            store, pauses: pauses, whilePausing: { if $0 == 12 { store.fail(with: nil) } })
        let results = (0..<20).map { Self.result($0) }
        for result in results { recorder.record(result, configurationHash: nil) }
        recorder.record(StoreEvent(date: Date(), kind: .fleetLoaded, message: "behind them"))
        let running = Task { await recorder.run() }
        #expect(await recorder.finish(within: .seconds(20)) == 0)
        await running.value
        #expect(store.results == results)
        #expect(store.keptEvents.map(\.kind) == [.resultsNotKept, .resultsKept, .fleetLoaded])
        #expect(store.keptEvents.first?.message == "results waited: the store is full")
        #expect(
            pauses.all.prefix(7) == [
                .milliseconds(250), .milliseconds(500), .seconds(1), .seconds(2), .seconds(4), .seconds(5), .seconds(5),
            ])
        #expect(pauses.all.count == 12)
    }

    @Test func `a commit whose answer was lost is tried again, and no row is there twice`() async {
        let store = MemoryStore()
        store.loseNextAnswer()
        let recorder = Self.recorder(store)
        let results = (0..<3).map { Self.result($0) }
        for result in results { recorder.record(result, configurationHash: nil) }
        let running = Task { await recorder.run() }
        #expect(await recorder.finish(within: .seconds(20)) == 0)
        await running.value
        #expect(store.tries == 2)
        #expect(store.results == results)
    }

    @Test func `a row that is refused for its own sake is written out and holds up no other`() async {
        let store = MemoryStore()
        store.refuse("bad")
        let recorder = Self.recorder(store)
        let answers = Log<Bool>()
        for number in 0..<5 {
            recorder.record(Self.result(number, target: number == 2 ? "bad" : "r1"), configurationHash: nil) {
                answers.add($0)
            }
        }
        let running = Task { await recorder.run() }
        #expect(await recorder.finish(within: .seconds(20)) == 0)
        await running.value
        #expect(store.results.compactMap(\.slot) == [0, 1, 3, 4])
        #expect(answers.all == [true, true, false, true, true])
        #expect(store.keptEvents.map(\.kind) == [.resultRefused])
        #expect(store.keptEvents.first?.message.contains("\"bad\"") == true)
    }

    @Test func `when too many wait it says so once, and once more when there is room`() async {
        let store = MemoryStore()
        store.fail(with: .init())
        let notices = Log<RunRecorder.Notice>()
        var limits = RunRecorder.Limits()
        limits.waiting = 10
        limits.batch = 2
        let recorder = Self.recorder(store, limits: limits, notices: notices)
        recorder.record(Self.result(0), configurationHash: nil)
        let running = Task { await recorder.run() }
        while store.tries == 0 { await Task.yield() }
        for number in 1..<15 { recorder.record(Self.result(number), configurationHash: nil) }
        while notices.all.isEmpty { await Task.yield() }
        store.fail(with: nil)
        #expect(await recorder.finish(within: .seconds(20)) == 0)
        await running.value
        #expect(notices.all.count == 2)
        guard case .holdsNoMore? = notices.all.first else {
            Issue.record("\(notices.all)")
            return
        }
        #expect(notices.all.last == .hasRoom)
        #expect(store.results.count == 15)
    }

    @Test func `a run that somebody asked for is kept before those that wait already`() async {
        let store = MemoryStore()
        let recorder = Self.recorder(store)
        var byHand = [Self.result(5000), Self.result(5001)]
        for index in byHand.indices { byHand[index].trigger = .manual }
        let others = (0..<1200).map { Self.result($0) }
        for result in others { recorder.record(result, configurationHash: nil) }
        for result in byHand { recorder.record(result, configurationHash: nil) }
        let running = Task { await recorder.run() }
        #expect(await recorder.finish(within: .seconds(20)) == 0)
        await running.value
        #expect(store.results == byHand + others)
    }

    @Test func `one that comes during a commit goes behind it alone, and nothing is taken for kept that is not`() async
    {
        let store = MemoryStore()
        store.fail(with: .init())
        let late = Log<RunRecorder>()
        var byHand = Self.result(5000)
        byHand.trigger = .manual
        let recorder = Self.recorder(
            store,
            whilePausing: { [byHand] count in
                if count == 1 { late.all.first?.record(byHand, configurationHash: nil) }
                if count == 2 { store.fail(with: nil) }
            })
        late.add(recorder)
        let others = (0..<1200).map { Self.result($0) }
        for result in others { recorder.record(result, configurationHash: nil) }
        let running = Task { await recorder.run() }
        #expect(await recorder.finish(within: .seconds(20)) == 0)
        await running.value
        #expect(store.results == others.prefix(500) + [byHand] + others.dropFirst(500))
    }

    @Test func `rows of missed slots hold up no test while the store takes them, however many they are`() async {
        let store = MemoryStore()
        let notices = Log<RunRecorder.Notice>()
        var limits = RunRecorder.Limits()
        limits.waiting = 10
        let recorder = Self.recorder(store, limits: limits, notices: notices)
        for number in 0..<500 {
            var missed = Self.result(number)
            missed.outcome = .missed("the agent was not running")
            recorder.record(missed, configurationHash: nil)
        }
        #expect(notices.all.isEmpty)
        let running = Task { await recorder.run() }
        #expect(await recorder.finish(within: .seconds(20)) == 0)
        await running.value
        #expect(store.results.count == 500)
    }

    @Test func `who stops twice waits a second for a store that fails`() async {
        let store = MemoryStore()
        store.fail(with: .init())
        let recorder = Self.recorder(store)
        recorder.record(Self.result(1), configurationHash: nil)
        let running = Task { await recorder.run() }
        recorder.hurry()
        let began = ContinuousClock.now
        #expect(await recorder.finish(within: .seconds(40)) == 1)
        #expect(ContinuousClock.now - began < .seconds(20))
        await running.value
    }

    @Test func `the end waits for a store that fails no longer than it is told, and says what is left`() async {
        let store = MemoryStore()
        store.fail(with: .init())
        let recorder = Self.recorder(store)
        let answers = Log<Bool>()
        for number in 0..<3 { recorder.record(Self.result(number), configurationHash: nil) { answers.add($0) } }
        let running = Task { await recorder.run() }
        let began = ContinuousClock.now
        #expect(await recorder.finish(within: .milliseconds(200)) == 3)
        #expect(ContinuousClock.now - began < .seconds(5))
        await running.value
        #expect(answers.all == [false, false, false])
        recorder.record(Self.result(9), configurationHash: nil) { answers.add($0) }
        #expect(answers.all == [false, false, false, false])
    }

    @Test func `rows of missed slots that are left at the end are no results that are lost`() async {
        let store = MemoryStore()
        store.fail(with: .init())
        let recorder = RunRecorder(
            store: store, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let running = Task { await recorder.run() }
        for number in 0..<50 {
            var missed = Self.result(number)
            missed.outcome = .missed("the agent was not running")
            recorder.record(missed, configurationHash: nil)
        }
        recorder.record(Self.result(50), configurationHash: nil)
        #expect(await recorder.finish(within: .milliseconds(50)) == 1)
        running.cancel()
    }

    @Test func `a store that another process holds for longer than SQLite waits keeps everything in the end, once`()
        async throws
    {
        let folder = FileManager.default.temporaryDirectory.appending(path: "recorder-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "s.db").path
        let store = try ResultStore(path: path)
        let holder = Process()
        holder.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        holder.arguments = ["sqlite3", path, "BEGIN IMMEDIATE;", ".shell echo held; sleep 7", "ROLLBACK;"]
        let output = Pipe()
        holder.standardOutput = output
        try holder.run()
        #expect(try output.fileHandleForReading.read(upToCount: 5) == Data("held\n".utf8))
        let recorder = RunRecorder(
            store: store, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let running = Task { await recorder.run() }
        let results = (0..<3).map { Self.result($0) }
        for result in results { recorder.record(result, configurationHash: nil) }
        #expect(await recorder.finish(within: .seconds(40)) == 0)
        await running.value
        holder.waitUntilExit()
        for result in results { #expect(try await store.run(id: result.runID) != nil) }
        #expect(
            try await store.events().map(\.kind).sorted { $0.rawValue < $1.rawValue } == [
                .resultsKept, .resultsNotKept,
            ])
        try store.close()
    }

    @Test func `20,000 results reach SQLite, in few transactions`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "recorder-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try ResultStore(path: folder.appending(path: "s.db").path)
        let recorder = Self.recorder(store)
        let kept = Log<Bool>()
        let running = Task { await recorder.run() }
        for number in 0..<20_000 { recorder.record(Self.result(number), configurationHash: nil) { kept.add($0) } }
        #expect(await recorder.finish(within: .seconds(50)) == 0)
        await running.value
        #expect(kept.all.count == 20_000 && !kept.all.contains(false))
        #expect(try await store.latestSlots(now: Date()) == ["r1/tcp/0": 19_999])
        try store.close()
    }
}
