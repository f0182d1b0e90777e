import FleetModel
import Foundation
import Logging
import Scheduler
import TestSupport
import Testing

@testable import Agent

@Suite("The socket of a running agent", .timeLimit(.minutes(1)))
struct ControlSocketTests {
    private let question = ControlSocket.Request(target: "r1", probe: "tcp", patience: 5)

    /// An agent of one target whose runs are this result, and what `body` makes of its socket.
    private func withAgent<Value: Sendable>(
        _ result: ProbeResult, isStored: Bool, _ body: @Sendable (_ storePath: String) async throws -> Value
    ) async throws -> Value {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let storePath = folder.path + "/s.db"
        let tcp = ProbeSpec(name: "tcp", recipe: .btest(.init()))
        let target = Target(
            name: "r1", system: .router(Router(address: "127.0.0.1", port: 1)),
            assignments: [ProbeAssignment(probe: tcp, schedule: [])])
        let fleet = Fleet(
            path: "/f/fleet.yaml", storePath: storePath, reportsPath: "/f/r", timeZone: .gmt, seed: "s",
            concurrentTests: 1, probes: ["tcp": tcp], targets: [target])
        let runner = ScheduleRunner(
            state: SchedulerState(fleet: fleet, seed: "s", now: Date()), clock: SystemClock(),
            gracePeriod: .seconds(1), run: { _ in result }, record: { _ in },
            recordManual: { _, kept in kept(isStored) })
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await runner.runSchedule() }
            group.addTask {
                await ControlSocket(
                    storePath: storePath, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
                )
                .serve(runner.control)
            }
            while !FileManager.default.fileExists(atPath: storePath + ".agent") {
                try await Task.sleep(for: .milliseconds(5))
            }
            let value = try await body(storePath)
            runner.control.stop()
            group.cancelAll()
            while await group.nextResult() != nil {}
            return value
        }
    }

    private func result(samples: Int = 0) -> ProbeResult {
        var result = ProbeResult(
            runID: UUID(), target: "r1", probe: "tcp", kind: .btest, trigger: .manual, jobID: nil, slot: nil,
            scheduledAt: nil, startedAt: Date(timeIntervalSince1970: 1_700_000_000), duration: .seconds(1),
            outcome: .measured)
        result.download = TransferResult(
            bitsPerSecond: 1e9, bytes: 125_000_000, duration: .seconds(1), connections: 1,
            samples: (1...max(samples, 1)).map { number in
                .init(connection: 0, nanoseconds: Int64(number) * 1_000_000, bytes: Int64(number) * 125_000)
            })
        return result
    }

    @Test func `a result that is kept is named`() async throws {
        let expected = result()
        let answer = try await withAgent(expected, isStored: true) { [question] in
            try await ControlSocket.ask(question, storePath: $0)
        }
        #expect(answer?.runID == expected.runID)
        #expect(answer?.unstored == nil)
    }

    @Test(arguments: [1, 60, 5000])
    func `a result that could not be kept comes whole, however many samples it has`(_ samples: Int) async throws {
        let expected = result(samples: samples)
        let answer = try await withAgent(expected, isStored: false) { [question] in
            try await ControlSocket.ask(question, storePath: $0)
        }
        #expect(answer?.unstored == expected.asKept)
        #expect(answer?.impossible == nil)
    }

    @Test func `a name that the agent does not have is said, with its process`() async throws {
        let answer = try await withAgent(result(), isStored: true) {
            try await ControlSocket.ask(.init(target: "r2", probe: "tcp", patience: 5), storePath: $0)
        }
        #expect(answer?.unknownTo == getpid())
    }

    @Test func `nobody else may open the socket, and it goes with the agent`() async throws {
        let (mode, path) = try await withAgent(result(), isStored: true) { storePath in
            let attributes = try FileManager.default.attributesOfItem(atPath: storePath + ".agent")
            return ((attributes[.posixPermissions] as? NSNumber)?.intValue, storePath + ".agent")
        }
        #expect(mode == 0o600)
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func `where no agent is, nobody answers`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        #expect(try await ControlSocket.ask(question, storePath: folder.path + "/s.db") == nil)
    }
}
