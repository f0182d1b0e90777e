import FleetModel
import Foundation

/// Results as probes give them, with every field filled and with hardly any.
enum Samples {
    /// 2026-03-02T04:05:06.789Z
    static let morning = Date(timeIntervalSince1970: 1_772_424_306.789)

    static func id(_ number: Int) -> UUID {
        UUID(uuidString: String(format: "00000000-0000-4000-8000-%012d", number)) ?? UUID()
    }

    /// A measured btest run in a slot, with all that a result can carry.
    static func full(_ number: Int = 1, target: String = "ap-north", at start: Date = morning) -> ProbeResult {
        ProbeResult(
            runID: id(number), target: target, probe: "tcp", kind: .btest, trigger: .schedule,
            jobID: "\(target)/tcp/0", slot: Int64(number), scheduledAt: start.addingTimeInterval(-2), startedAt: start,
            duration: .nanoseconds(10_123_456_789), outcome: .measured,
            download: TransferResult(
                bitsPerSecond: 94_212_345.678, bytes: 117_765_432, duration: .nanoseconds(10_000_000_123),
                connections: 2, lostPackets: 3, reorderedPackets: 0, duplicatePackets: 1,
                samples: [
                    .init(connection: 0, nanoseconds: 500_000_000, bytes: 3_000_000),
                    .init(connection: 0, nanoseconds: 1_000_000_000, bytes: 6_000_000),
                    .init(connection: 1, nanoseconds: 700_000_000, bytes: 4_000_000),
                ], cap: .limited(BitRate(bitsPerSecond: 100_000_000))),
            upload: TransferResult(
                bitsPerSecond: 18_500_000, bytes: 23_125_000, duration: .seconds(10), connections: 2,
                cap: RateCap.none),
            latency: LatencySummary(
                method: .icmp, median: 0.0123, min: 0.0101, max: 0.0456, p95: 0.0399, count: 19, lossRatio: 0.05,
                jitter: 0.0007, sent: 20),
            latencyUnderLoad: .init(downloadMedian: 0.0345, uploadMedian: nil),
            cpu: .init(local: 0.25, remote: 0.97), authentication: .ecSRP5,
            flags: ["remote-cpu-bound", "tls-unverified"])
    }

    /// A run of a slot that is due at its start.
    static func slot(_ number: Int, at start: Date) -> ProbeResult {
        var run = full(number, at: start)
        run.scheduledAt = start
        run.slot = Int64(start.timeIntervalSince1970)
        return run
    }

    /// A search for the capacity that found it in one direction.
    static func capacity(_ number: Int = 1) -> ProbeResult {
        var result = full(number)
        result.flags = ["capacity", "capacity-at-least"]
        result.downloadCapacity = CapacityResult(
            bitsPerSecond: 48_500_000.5, isAtLeast: false, ending: "found",
            steps: [
                .init(askedBitsPerSecond: 32e6, receivedBitsPerSecond: 31.9e6, lossRatio: 0),
                .init(askedBitsPerSecond: 64e6, receivedBitsPerSecond: 49.5e6, lossRatio: 0.226),
                .init(askedBitsPerSecond: 48.5e6, receivedBitsPerSecond: 48.500_000_5e6, lossRatio: 0.001),
            ])
        result.uploadCapacity = CapacityResult(bitsPerSecond: nil, isAtLeast: true, ending: "failed", steps: [])
        return result
    }

    static func failed(
        _ number: Int, target: String = "ap-south", at start: Date = morning, _ kind: ProbeFailure.Kind = .unreachable
    ) -> ProbeResult {
        ProbeResult(
            runID: id(number), target: target, probe: "tcp", kind: .btest, trigger: .manual, startedAt: start,
            duration: .milliseconds(3001),
            outcome: .failed(ProbeFailure(kind, "192.0.2.11:2000 did not answer within 3 s.")))
    }

    /// One run by hand, and runs of three jobs whose latest slots are 7, -2 and 2,000,000.
    static func ofSlots() -> [ProbeResult] {
        var results = [failed(90)]
        for (job, slots) in [("a/tcp/0", [7, 3, 5]), ("b/tcp/0", [-2]), ("b/tcp/1", [2_000_000, 1])] {
            for slot in slots {
                var result = failed(100 + results.count)
                result.jobID = job
                result.slot = Int64(slot)
                results.append(result)
            }
        }
        return results
    }
}
