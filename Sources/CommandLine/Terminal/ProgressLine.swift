import FleetModel
import Probes
import Sockets

/// Shows on a terminal how a running test goes.
struct ProgressLine: Sendable {
    let label: String
    let monitor: ProbeMonitor

    private static let interval = Duration.milliseconds(250)

    /// Runs `work` with the line beside it, and removes the line at the end.
    func shown<Value: Sendable>(while work: @escaping @Sendable () async -> Value) async -> Value {
        guard Terminal.showsProgress else { return await work() }
        defer { Terminal.progress("") }
        return await Watching.run(work) { await tick() }
    }

    private func tick() async {
        let began = MonotonicClock.now()
        var last = (time: began, down: monitor.downloadBytes, up: monitor.uploadBytes)
        while (try? await Task.sleep(for: Self.interval)) != nil {
            let now = (time: MonotonicClock.now(), down: monitor.downloadBytes, up: monitor.uploadBytes)
            let seconds = Double(now.time - last.time) * 1e-9
            let down = BitRate(bitsPerSecond: Double(now.down - last.down) * 8 / seconds)
            let up = BitRate(bitsPerSecond: Double(now.up - last.up) * 8 / seconds)
            let elapsed = (Double(now.time - began) * 1e-8).rounded() / 10
            Terminal.progress("\(label)  \(elapsed) s  ↓ \(down)  ↑ \(up)")
            last = now
        }
    }
}
