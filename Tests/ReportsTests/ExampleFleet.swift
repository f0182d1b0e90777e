import FleetModel
import Foundation
import Reports

/// A week of a small ISP, made up but as it would be: the report in reports/example shows it. Addresses are those of
/// RFC 5737.
enum ExampleFleet {
    /// Monday 2026-03-02 to Monday 2026-03-09, UTC.
    static let period =
        Date(timeIntervalSince1970: 1_772_409_600)..<Date(timeIntervalSince1970: 1_772_409_600 + 7 * 86_400)

    /// How one target behaves.
    private struct Line {
        let name: String
        let address: String
        var group = "towers"
        var plan: (down: Double, up: Double)?
        /// Mbit/s by night, and which share of it is left in the evening.
        var down = 0.0
        var up = 0.0
        var evening = 0.95
        /// Milliseconds.
        var ping = 12.0
        /// Slots, of 28, whose runs fail, and how.
        var failing: ClosedRange<Int>?
        var failure = ProbeFailure(.timeout, "")
        /// The first slot that it has.
        var from = 0
        var isEnabled = true
        var isServer = false
        /// The router makes the test's traffic itself, and is too slow for the line.
        var isBusy = false
    }

    private static let lines = [
        Line(name: "gw-core", address: "192.0.2.1", group: "core", plan: (1000, 1000), down: 941, up: 938, ping: 0.42),
        Line(name: "ap-north", address: "192.0.2.10", plan: (100, 20), down: 94.6, up: 19.4, ping: 8.1),
        Line(name: "ap-south", address: "192.0.2.11", plan: (100, 20), down: 88, up: 19.1, evening: 0.45, ping: 14.5),
        Line(
            name: "ap-east", address: "192.0.2.12", plan: (50, 10), down: 49.1, up: 9.8, ping: 11.2, failing: 9...10,
            failure: ProbeFailure(.timeout, "192.0.2.12:2000 stopped answering after 4 s of data.")),
        Line(
            name: "ap-west", address: "192.0.2.13", plan: (100, 20), failing: 0...27,
            failure: ProbeFailure(.unreachable, "192.0.2.13:2000 did not answer within 3 s.")),
        Line(
            name: "hill-7", address: "198.51.100.7", plan: (50, 10), failing: 0...27,
            failure: ProbeFailure(
                .authentication, "198.51.100.7:2000 refused the password of user probe (credential core).")),
        Line(name: "valley-3", address: "198.51.100.23", plan: (30, 5), down: 29.6, up: 3.1, ping: 22.4, isBusy: true),
        Line(
            name: "mast-2", address: "198.51.100.42", plan: (80, 80), down: 78.8, up: 77.9, ping: 5.6, failing: 23...27,
            failure: ProbeFailure(.unreachable, "198.51.100.42:2000: no route to host.")),
        Line(name: "farm-12", address: "203.0.113.12", plan: (30, 5), down: 29.2, up: 4.9, ping: 19.8, from: 25),
        Line(name: "school", address: "203.0.113.80", group: "customers", down: 187, up: 61, evening: 0.8, ping: 9.7),
        Line(name: "depot", address: "203.0.113.99", group: "customers", isEnabled: false),
        Line(name: "rmbt-own", address: "192.0.2.200", group: "core", down: 912, up: 894, ping: 1.3, isServer: true),
    ]

    static var input: ReportInput {
        ReportInput(
            period: period, generatedAt: period.upperBound.addingTimeInterval(1800), targets: lines.map(target),
            results: lines.enumerated().flatMap { results($1, number: $0) }, slotsDue: due)
    }

    private static var due: [String: Int] {
        Dictionary(
            uniqueKeysWithValues: lines.map { ($0.name, $0.isEnabled ? (28 - $0.from) * ($0.isServer ? 1 : 2) : 0) })
    }

    private static let tcp = ProbeSpec(
        name: "tcp", recipe: .btest(.init(direction: .both, duration: .seconds(10), connections: 4)))
    private static let netz = ProbeSpec(name: "netz", recipe: .rmbt(.init()))
    private static let ping = ProbeSpec(name: "ping", recipe: .latency(.init(count: 20)))

    private static func target(_ line: Line) -> Target {
        let schedule = [ScheduleEntry(timing: .every(.seconds(21_600)))]
        let system: Target.System =
            line.isServer
            ? .server(RMBTTarget(access: .direct(.init(address: line.address))))
            : .router(Router(address: line.address, credential: "core"))
        return Target(
            name: line.name, system: system, group: line.group,
            plan: line.plan.map { plan in
                .init(down: BitRate(bitsPerSecond: plan.down * 1e6), up: BitRate(bitsPerSecond: plan.up * 1e6))
            },
            isEnabled: line.isEnabled,
            assignments: (line.isServer ? [netz] : [tcp, ping]).map { ProbeAssignment(probe: $0, schedule: schedule) })
    }

    private static func results(_ line: Line, number: Int) -> [ProbeResult] {
        guard line.isEnabled else { return [] }
        var random = Noise(seed: UInt64(number + 1))
        return (line.from..<28).flatMap { slot in
            let start = period.lowerBound + Double(slot) * 21_600 + Double(number) * 97 + random.next() * 600
            let load = slot % 4 == 3 ? line.evening : 1
            let fails = line.failing?.contains(slot) == true
            var run = ProbeResult(
                runID: id(number * 100 + slot), target: line.name, probe: line.isServer ? "netz" : "tcp",
                kind: line.isServer ? .rmbt : .btest, trigger: .schedule,
                jobID: "\(line.name)/\(line.isServer ? "netz" : "tcp")/0", slot: Int64(slot), scheduledAt: start,
                startedAt: start + 0.25, duration: .milliseconds(fails ? 3004 : 21_300),
                outcome: fails ? .failed(line.failure) : .measured)
            if !fails {
                run.download = transfer(line.down * load * (1 - 0.03 * random.next()))
                run.upload = transfer(line.up * load * (1 - 0.03 * random.next()))
                run.cpu = .init(local: 0.04, remote: line.isBusy ? 0.93 : 0.31)
                if line.isBusy { run.flags.append("remote-cpu-bound") }
                if line.isServer, slot == 5 { run.flags.append("fewer-connections") }
                run.latencyUnderLoad = .init(
                    downloadMedian: line.ping * (2.4 + load) / 1000, uploadMedian: line.ping * (4.1 + load) / 1000)
                run.authentication = line.isServer ? .token : .ecSRP5
            }
            let latency = latency(line, load, &random)
            if line.isServer {
                run.latency = latency
                return [run]
            }
            var pings = ProbeResult(
                runID: id(10_000 + number * 100 + slot), target: line.name, probe: "ping", kind: .latency,
                trigger: .schedule, jobID: "\(line.name)/ping/0", slot: Int64(slot), scheduledAt: start + 60,
                startedAt: start + 60, duration: .milliseconds(3850), outcome: .measured, latency: latency)
            if fails, line.failure.kind == .unreachable {
                pings.outcome = .failed(ProbeFailure(.unreachable, "\(line.address) answered none of 20 pings."))
                pings.latency = nil
            }
            return [run, pings]
        }
    }

    private static func transfer(_ megabits: Double) -> TransferResult {
        let rate = (megabits * 1e6).rounded()
        return TransferResult(
            bitsPerSecond: rate, bytes: Int64(rate * 10 / 8), duration: .seconds(10), connections: 4)
    }

    private static func latency(_ line: Line, _ load: Double, _ random: inout Noise) -> LatencySummary {
        let median = line.ping * (1 + 0.15 * random.next()) / load / 1000
        let loss = random.next() > 0.9 ? 0.05 : 0
        return LatencySummary(
            method: line.isServer ? .rmbt : .icmp, median: median, min: median * 0.9, max: median * 2.1,
            p95: median * 1.4, count: loss > 0 ? 19 : 20, lossRatio: loss, jitter: median * 0.12)
    }

    private static func id(_ number: Int) -> UUID {
        UUID(uuidString: String(format: "5eed0000-0000-4000-8000-%012d", number)) ?? UUID()
    }

    /// Even numbers of 0 ..< 1, the same on every machine.
    private struct Noise {
        private var state: UInt64

        init(seed: UInt64) {
            state = seed &* 0x9E37_79B9_7F4A_7C15
        }

        mutating func next() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 40) / Double(1 << 24)
        }
    }
}
