import FleetModel
import Foundation

/// Runs as the tests of judgements and reports need them.
package enum Runs {
    /// 2026-03-02T00:00:00Z, a Monday.
    package static let monday = Date(timeIntervalSince1970: 1_772_409_600)
    package static let week = monday..<monday + 7 * 86_400

    package static func id(_ number: Int) -> UUID {
        UUID(uuidString: String(format: "00000000-0000-4000-8000-%012d", number)) ?? UUID()
    }

    package static func transfer(_ megabits: Double) -> TransferResult {
        TransferResult(bitsPerSecond: megabits * 1e6, bytes: 125_000_000, duration: .seconds(10), connections: 4)
    }

    package static func latency(_ seconds: Double, loss: Double = 0, count: Int = 20) -> LatencySummary {
        LatencySummary(
            method: .icmp, median: seconds, min: seconds / 2, max: seconds * 4, p95: seconds * 2, count: count,
            lossRatio: loss, jitter: 0.0005)
    }

    /// A measured run, one hour after the other by its number.
    package static func measured(
        _ number: Int, target: String = "a", probe: String = "tcp", down: Double? = 90, up: Double? = nil
    ) -> ProbeResult {
        ProbeResult(
            runID: id(number), target: target, probe: probe, kind: .btest, trigger: .schedule,
            jobID: "\(target)/\(probe)/0", slot: Int64(number), scheduledAt: monday + Double(number) * 3600,
            startedAt: monday + Double(number) * 3600 + 1.5, duration: .milliseconds(10_020), outcome: .measured,
            download: down.map(transfer), upload: up.map(transfer))
    }

    package static func failed(
        _ number: Int, target: String = "a", probe: String = "tcp", _ kind: ProbeFailure.Kind = .unreachable,
        _ sentence: String = "192.0.2.1:2000 did not answer within 3 s."
    ) -> ProbeResult {
        var run = measured(number, target: target, probe: probe, down: nil)
        run.outcome = .failed(ProbeFailure(kind, sentence))
        return run
    }

    /// A run of a latency probe that was answered, or not once.
    package static func ping(_ number: Int, isAnswered: Bool) -> ProbeResult {
        var run = isAnswered ? measured(number, probe: "ping", down: nil) : failed(number, probe: "ping")
        run.kind = .latency
        run.latency = isAnswered ? latency(0.01, count: 10) : .unanswered(.icmp, sent: 10)
        return run
    }

    package static func target(
        _ name: String = "a", down: Double? = nil, up: Double? = nil, isEnabled: Bool = true, probes: [ProbeSpec] = []
    ) -> Target {
        let plan =
            down == nil && up == nil
            ? nil
            : Target.Plan(
                down: down.map { BitRate(bitsPerSecond: $0 * 1e6) }, up: up.map { BitRate(bitsPerSecond: $0 * 1e6) })
        return Target(
            name: name, system: .router(Router(address: "192.0.2.1")), plan: plan, isEnabled: isEnabled,
            assignments: probes.map { ProbeAssignment(probe: $0, schedule: []) })
    }
}
