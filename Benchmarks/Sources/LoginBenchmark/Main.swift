import Btest

/// Logins by EC-SRP5 at a btest server, at a steady rate: `LoginBenchmark HOST PORT USER PER-SECOND SECONDS`, the password on standard input.
///
/// Each is a whole test of a tenth of a second at 100 kbit/s. Prints how many of them were measured, and the median time to the first byte.
@main
struct LoginBenchmark {
    static func main() async {
        let arguments = CommandLine.arguments
        guard arguments.count == 6, let port = Int(arguments[2]), let perSecond = Int(arguments[4]), perSecond > 0,
            let seconds = Int(arguments[5]), let password = readLine()
        else { return print("usage: LoginBenchmark HOST PORT USER PER-SECOND SECONDS < PASSWORD") }
        let clock = ContinuousClock()
        let began = clock.now
        let times = await withTaskGroup(of: Duration?.self) { group in
            for number in 0..<perSecond * seconds {
                try? await clock.sleep(until: began + .seconds(1) * number / perSecond)
                group.addTask { await login(arguments[1], port, arguments[3], password) }
            }
            var times: [Duration?] = []
            for await time in group { times.append(time) }
            return times
        }
        let measured = times.compactMap(\.self).sorted()
        guard !measured.isEmpty else { return print("0 of \(times.count) logins") }
        let median = measured[measured.count / 2] / .milliseconds(1)
        print("\(measured.count) of \(times.count) logins, median \((median * 10).rounded() / 10) ms")
    }

    /// The time until the server began; nil where the test failed.
    private static func login(_ host: String, _ port: Int, _ user: String, _ password: String) async -> Duration? {
        let length = Duration.milliseconds(100)
        var time: Duration?
        let clock = ContinuousClock()
        let took = await clock.measure {
            let measurement = await BtestClient(
                .init(
                    host: host, port: port, userName: user, password: password, duration: length, bitsPerSecond: 100_000
                )
            ).run()
            if measurement.error == nil { time = .zero }
        }
        return time.map { _ in max(took - length, .zero) }
    }
}
