import ArgumentParser
import RMBT
import RMBTControl
import ServerLimits

/// What a Control Server tells its clients of the tests they may run.
struct ControlTestOptions: ParsableArguments {
    @Option(help: ArgumentHelp("How long each direction lasts, whole seconds from 1s to 30s.", valueName: "duration"))
    var testDuration = DurationArgument(.seconds(7))

    @Option(help: ArgumentHelp("Connections of a test, 1 to 20.", valueName: "n"))
    var threads = 3

    @Option(help: ArgumentHelp("Pings of a test, 1 to 1000.", valueName: "n"))
    var pings = 10

    @Option(
        help: ArgumentHelp(
            "The longest that a client is asked to wait for a place, whole seconds from 1s to 10m.",
            valueName: "duration"))
    var maxWait = DurationArgument(.seconds(60))

    @Option(help: ArgumentHelp("Tests that one address may ask for in a minute.", valueName: "n"))
    var testsPerMinute = 30

    @Option(
        help: ArgumentHelp(
            "1, or 2 for tokens that hold for the client's address alone: where clients reach both servers by the same one.",
            valueName: "version"))
    var tokenVersion = 1

    func validate() throws {
        guard tokenVersion == 1 || tokenVersion == 2 else {
            throw ValidationError("--token-version takes 1 or 2, and not \(tokenVersion).")
        }
        guard Self.seconds(testDuration, in: 1...30) != nil else {
            throw ValidationError(
                "--test-duration takes 1s to 30s in whole seconds, found \(testDuration.defaultValueDescription); write "
                    + "--test-duration 7s, for example.")
        }
        guard (1...20).contains(threads) else {
            throw ValidationError("--threads takes 1 to 20, found \(threads); write --threads 3, for example.")
        }
        guard (1...1000).contains(pings) else {
            throw ValidationError("--pings takes 1 to 1000, found \(pings); write --pings 10, for example.")
        }
        guard Self.seconds(maxWait, in: 1...600) != nil else {
            throw ValidationError(
                "--max-wait takes 1s to 10m in whole seconds, found \(maxWait.defaultValueDescription); write --max-wait 60s, "
                    + "for example.")
        }
        guard testsPerMinute > 0 else { throw ValidationError("--tests-per-minute takes 1 or more.") }
    }

    func apply(to configuration: inout ControlServer.Configuration) {
        configuration.testDuration = Self.seconds(testDuration, in: 1...30) ?? configuration.testDuration
        configuration.threads = threads
        configuration.pings = pings
        configuration.longestWait = Self.seconds(maxWait, in: 1...600) ?? configuration.longestWait
        configuration.testsPerMinute = testsPerMinute
        if tokenVersion == 2 {
            configuration.token = { test, start, client, key in
                guard let address = IPAddress(client) else {
                    return RMBTToken(uuid: test, startTime: start, key: key).text
                }
                return RMBTToken(uuid: test, startTime: start, address: address, key: key).text
            }
        }
        // A test takes three requests; what a client asks beside them must not keep it from the next.
        configuration.requestsPerMinute = max(configuration.requestsPerMinute, 10 * min(testsPerMinute, 1_000_000))
    }

    private static func seconds(_ argument: DurationArgument, in range: ClosedRange<Int>) -> Int? {
        let (seconds, rest) = argument.value.components
        guard rest == 0, let whole = Int(exactly: seconds), range.contains(whole) else { return nil }
        return whole
    }
}
