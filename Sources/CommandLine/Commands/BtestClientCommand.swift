import ArgumentParser
import FleetModel
import Foundation
import Probes
import Reports
import Serving

/// `probe btest`: MikroTik's bandwidth test alone.
struct BtestClientCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "btest",
        abstract: "Test the bandwidth to a MikroTik router or any btest server.",
        discussion: """
            Without -t and -r the test receives for ten seconds as fast as it goes. A password comes from a file, from standard \
            input, from $PROBE_PASSWORD or from a prompt, never from the command line.

              probe btest 192.0.2.1 -a admin --password-file secret
              probe btest router.example.net -t -r -b 100M -d 30s --format json
              probe btest 192.0.2.1 -u --find-capacity
            """)

    @Argument(help: "Host name or address of the router.")
    var host: String

    @Flag(name: [.customShort("t"), .long], help: "Send to the router; with -r both ways at once.")
    var transmit = false

    @Flag(name: [.customShort("r"), .long], help: "Receive from the router.")
    var receive = false

    @Flag(name: [.customShort("u"), .long], help: "UDP instead of TCP; loss is counted.")
    var udp = false

    @Option(
        name: [.customShort("b"), .long],
        help: ArgumentHelp("Limit for each direction in bit/s, more than 0: 500K, 100M, 1.5G.", valueName: "rate"))
    var bandwidth: BitRate?

    @Option(name: [.customShort("P"), .long], help: "TCP port of the bandwidth server, 1 to 65535.")
    var port: UInt16 = 2000

    @Option(name: [.customShort("a"), .long], help: ArgumentHelp("User name.", valueName: "name"))
    var user: String?

    @OptionGroup var password: PasswordOptions

    @Option(
        name: [.customShort("d"), .customLong("duration")],
        help: """
            How long data flows, 100ms to 1h, for example 30s. Default: 10s; with --find-capacity 2s, for each step.
            """)
    var givenDuration: DurationArgument?

    private var duration: DurationArgument {
        givenDuration ?? DurationArgument(findCapacity ? ProbeRecipe.Btest.stepDuration : .seconds(10))
    }

    @Flag(
        help: ArgumentHelp(
            "With -u: find the highest rate at which no more than 1 % is lost.",
            discussion: """
                The rate doubles from 1 Mbit/s on until more is lost, and is then narrowed to 5 %: some 18 steps, in each direction for \
                itself. -b sets the highest rate to try.
                """))
    var findCapacity = false

    @Option(help: "Time for the connection, the hello and the login together, 1s to 1m.")
    var timeout = DurationArgument(ProbeRecipe.Btest.defaultTimeout)

    @Option(
        name: [.customShort("c"), .long],
        help: ArgumentHelp("TCP connections, or source ports of UDP: 1 to 100.", valueName: "n"))
    var connections = 1

    @Option(
        help: ArgumentHelp(
            "RouterOS's tx-size, 1 to 65535, for example 32768; with -u a packet with its headers, 1500 without this option.",
            valueName: "bytes"))
    var txSize: UInt16?

    @Flag(name: [.customShort("4")], help: "IPv4 only.")
    var ipv4 = false

    @Flag(name: [.customShort("6")], help: "IPv6 only.")
    var ipv6 = false

    @Flag(help: "Random instead of zero bytes, for links that compress.")
    var randomData = false

    @Flag(help: "UDP without joined datagrams (GSO, GRO), to compare.")
    var noOffload = false

    @Option(help: ArgumentHelp("Refuse a server that offers less: none, md5 or ec-srp5.", valueName: "method"))
    var requireAuth: BtestLogin?

    @OptionGroup var output: OutputOptions

    @Flag(help: "Put the measured tuples into JSON.")
    var samples = false

    @Flag(
        name: [.customShort("n"), .long], help: "With -u: send an empty packet first, to open the way through a NAT.")
    var nat = false

    @Option(
        help: ArgumentHelp(
            "Append a line in btest-rs's columns to this file, whether the test fails or not.", valueName: "file"))
    var csv: String?

    @OptionGroup var silence: QuietOptions

    @Flag(
        name: [.customShort("v"), .long],
        help: "A line for each second on standard error; -vv logs the steps of the handshake as well.")
    var verbose: Int

    func validate() throws {
        if findCapacity {
            guard udp else {
                throw ValidationError(
                    "--find-capacity counts lost packets, which TCP sends again: add -u, or leave --find-capacity out.")
            }
            guard duration.value >= .seconds(1), duration.value <= .seconds(30) else {
                throw ValidationError(
                    "With --find-capacity -d is the length of a step and takes 1s to 30s; write -d 2s, for example.")
            }
        }
        if ipv4 && ipv6 { throw ValidationError("-4 and -6 cannot be used together.") }
        if nat && !udp { throw ValidationError("-n opens the way for UDP packets: add -u, or leave -n out.") }
        if silence.quiet && verbose > 0 { throw ValidationError("-q and -v cannot be used together.") }
        guard port > 0 else { throw ValidationError("-P takes 1 to 65535, found 0; write -P 2000, for example.") }
        guard (1...100).contains(connections) else {
            throw ValidationError("-c takes 1 to 100 connections, found \(connections); write -c 4, for example.")
        }
        guard duration.value >= .milliseconds(100), duration.value <= .seconds(3600) else {
            throw ValidationError(
                "-d takes 100ms to 1h, found \(DurationText.format(duration.value)); write -d 30s, for example.")
        }
        guard timeout.value >= .seconds(1), timeout.value <= .seconds(60) else {
            throw ValidationError(
                "--timeout takes 1s to 1m, found \(DurationText.format(timeout.value)); write --timeout 10s, for example."
            )
        }
        if let txSize, txSize == 0 {
            throw ValidationError("--tx-size takes 1 to 65535 bytes, found 0; write --tx-size 1500, for example.")
        }
        // A packet has at least its headers, for IPv6 48 bytes, and a sequence number.
        if let txSize, txSize < (udp ? 52 : 1) {
            throw ValidationError("--tx-size takes \(udp ? "52" : "1") to 65535 bytes, such as 1500.")
        }
    }

    func run() async throws {
        silence.apply(output)
        var recipe = ProbeRecipe.Btest(
            transport: udp ? .udp : .tcp, direction: transmit && receive ? .both : transmit ? .upload : .download,
            duration: duration.value, connections: connections, rate: bandwidth, transmitSize: txSize.map(Int.init),
            randomData: randomData, natProbe: nat, timeout: timeout.value)
        recipe.datagramOffload = !noOffload
        recipe.findsCapacity = findCapacity
        let (host, port, tested) = (host, Int(port), recipe)
        try await SingleTest(
            target: Target(
                name: host,
                system: .router(
                    Router(
                        address: host, port: port, credential: user == nil ? nil : SingleTest.credentialName,
                        requiredAuthentication: requireAuth?.method,
                        ipVersion: ipv4 ? .ipv4 : ipv6 ? .ipv6 : nil)),
                assignments: []),
            probe: ProbeSpec(name: "btest", recipe: .btest(recipe)), credential: try password.credential(user: user),
            printer: ResultPrinter(output, includesSamples: samples), talk: talk,
            record: csv.map { path in
                .init(file: RecordFile(path: path, header: BtestRecord.header)) {
                    BtestRecord($0, of: tested, host: host, port: port).line
                }
            }
        ).run()
    }

    private var talk: SingleTest.Talk {
        if silence.quiet { return .quiet }
        return verbose == 0 ? .progress : .everySecond(logs: verbose == 1 ? .info : .debug)
    }
}

/// The logins that `--require-auth` may demand.
enum BtestLogin: String, ExpressibleByArgument, CaseIterable {
    case none, md5
    case ecSRP5 = "ec-srp5"

    var method: AuthenticationMethod? { AuthenticationMethod(rawValue: rawValue) }
}
