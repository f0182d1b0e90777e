import FleetModel
import Foundation

@testable import Scheduler

/// Fleets, results and times for tests.
enum Make {
    /// 2026-03-02 00:00 UTC, a Monday.
    static let start = Date(timeIntervalSince1970: 1_772_409_600)

    /// Takes at most 20 s.
    static let tcp = ProbeSpec(name: "tcp", recipe: .btest(.init(duration: .seconds(10))))
    static let ping = ProbeSpec(name: "ping", recipe: .latency(.init(count: 10)))

    static func time(_ seconds: Double) -> Date { start.addingTimeInterval(seconds) }

    static func target(
        _ name: String, _ probes: [ProbeSpec] = [tcp], schedule: [ScheduleEntry], priority: Int = 0, retries: Int = 2,
        isEnabled: Bool = true
    ) -> Target {
        Target(
            name: name, system: .router(Router(address: "192.0.2.1")), isEnabled: isEnabled, priority: priority,
            retries: retries, assignments: probes.map { ProbeAssignment(probe: $0, schedule: schedule) })
    }

    static func fleet(_ targets: [Target], concurrentTests: Int = 1, zone: TimeZone = .gmt) -> Fleet {
        Fleet(
            path: "/fleet.yaml", storePath: "/fleet.db", reportsPath: "/reports", timeZone: zone, seed: nil,
            concurrentTests: concurrentTests, probes: ["tcp": tcp, "ping": ping], targets: targets)
    }

    static func every(
        _ seconds: Int, jitter: ScheduleEntry.Jitter = .uniform(limit: nil), slip: Duration? = nil
    ) -> ScheduleEntry {
        ScheduleEntry(timing: .every(.seconds(seconds)), jitter: jitter, slip: slip)
    }

    static func cron(_ text: String, spread: Duration? = nil, slip: Duration? = nil) throws -> ScheduleEntry {
        ScheduleEntry(timing: .cron(try CronExpression(parsing: text)), spread: spread, slip: slip)
    }

    static func result(
        of request: RunRequest, _ outcome: ProbeResult.Outcome = .measured, at date: Date = start
    ) -> ProbeResult {
        ProbeResult(
            runID: UUID(), target: request.target.name, probe: request.probe.name, kind: request.probe.kind,
            trigger: request.trigger, startedAt: date, duration: .seconds(10), outcome: outcome)
    }

    static func job(_ name: String, _ entry: ScheduleEntry, probe: ProbeSpec = tcp) -> ProbeJob {
        ProbeJob(
            target: target(name, [probe], schedule: [entry]), probe: probe, schedule: entry, entry: entry.name ?? "0")
    }
}

extension [SchedulerAction] {
    var started: [RunRequest] { compactMap { if case .start(let request) = $0 { request } else { nil } } }
    var recorded: [ProbeResult] { compactMap { if case .record(let result) = $0 { result } else { nil } } }
    var missed: [MissedSlot] { compactMap { if case .recordMissed(let slot) = $0 { slot } else { nil } } }
    var waits: [String] {
        compactMap { if case .waits(let request, let text) = $0 { "\(request.target.name): \(text)" } else { nil } }
    }
    var notes: [String] { compactMap { if case .note(let text) = $0 { text } else { nil } } }
    var wait: Date? {
        if case .wait(let time)? = last { time } else { nil }
    }
}
