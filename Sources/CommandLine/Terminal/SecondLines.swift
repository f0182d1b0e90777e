import Btest
import Probes
import Sockets

/// Prints a line for each second of a running btest to standard error, terminal or not.
struct SecondLines: Sendable {
    let monitor: ProbeMonitor
    /// Takes each line.
    var print: @Sendable (String) -> Void = { LogOutput.standardError.write($0) }

    private static let second: Int64 = 1_000_000_000

    /// Runs `work` with the lines beside it; what the last whole second left over, from half a second on, has a line too.
    func shown<Value: Sendable>(while work: @escaping @Sendable () async -> Value) async -> Value {
        await Watching.run(work) { await watch() }
    }

    private func watch() async {
        var since = monitor.flowingSince
        while since == nil {
            guard (try? await Task.sleep(for: .milliseconds(20))) != nil else { return }
            since = monitor.flowingSince
        }
        guard let since else { return }
        var cpu = CPUMeter()
        var last = SecondLine.Reading()
        var next = since + Self.second
        while (try? await Task.sleep(for: .nanoseconds(max(next - MonotonicClock.now(), 0)))) != nil {
            let now = reading(since, &cpu)
            print(SecondLine(from: last, to: now).text)
            last = now
            next += Self.second
        }
        let end = reading(since, &cpu)
        if end.nanoseconds - last.nanoseconds > Self.second / 2 { print(SecondLine(from: last, to: end).text) }
    }

    private func reading(_ since: Int64, _ cpu: inout CPUMeter) -> SecondLine.Reading {
        SecondLine.Reading(
            nanoseconds: MonotonicClock.now() - since, downloadBytes: monitor.downloadBytes,
            uploadBytes: monitor.uploadBytes, lostPackets: monitor.lostPackets, localCPU: cpu.load(),
            remoteCPU: monitor.remoteCPU)
    }
}
