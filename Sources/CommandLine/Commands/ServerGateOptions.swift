import ArgumentParser
import ServerLimits

/// How a server treats those who have not logged in, or not shown a token: `--max-startups`, `--max-startups-per-address`, `--no-penalties`, `--penalty-exempt`.
struct ServerGateOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Connections within their handshake: from the first number on new ones are dropped with this probability in %, at the last "
                + "all are.",
            valueName: "start:rate:full"))
    var maxStartups = StartupsArgument()

    @Option(
        help: ArgumentHelp("The same for one address: at this number all are dropped.", valueName: "n"))
    var maxStartupsPerAddress = StartupThrottle.Configuration().perSource

    @Flag(help: "Do not keep out addresses that fail to log in, forge tokens or break the protocol.")
    var noPenalties = false

    @Option(
        help: ArgumentHelp(
            "Never keep these out: an address or a network such as 192.0.2.0/24 (repeatable).",
            valueName: "range"),
        transform: ServerGateOptions.range)
    var penaltyExempt: [AddressRange] = []

    func validate() throws {
        if maxStartupsPerAddress < 1 {
            throw ValidationError("--max-startups-per-address takes 1 or more, for example 1100.")
        }
    }

    func apply(to startups: inout StartupThrottle.Configuration, _ penalties: inout SourcePenalties.Configuration) {
        startups.start = maxStartups.start
        startups.rate = maxStartups.rate
        startups.full = maxStartups.full
        startups.perSource = maxStartupsPerAddress
        penalties.isEnabled = !noPenalties
        penalties.exempt = penaltyExempt
    }

    private static func range(_ text: String) throws -> AddressRange {
        do {
            return try AddressRange(text)
        } catch {
            throw ValidationError("\(error)")
        }
    }
}

/// `1200:30:4000`, as sshd's MaxStartups.
struct StartupsArgument: ExpressibleByArgument {
    let start: Int
    let rate: Int
    let full: Int

    init() {
        let configuration = StartupThrottle.Configuration()
        (start, rate, full) = (configuration.start, configuration.rate, configuration.full)
    }

    init?(argument: String) {
        let numbers = argument.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count == 3, let start = numbers[0], let rate = numbers[1], let full = numbers[2], start > 0,
            (0...100).contains(rate), full >= start
        else { return nil }
        (self.start, self.rate, self.full) = (start, rate, full)
    }

    var defaultValueDescription: String { "\(start):\(rate):\(full)" }
}
