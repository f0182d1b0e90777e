import ArgumentParser
import FleetModel
import Foundation
import Probes
import RMBTControl
import Secrets

/// `probe rmbt`: the RTR broadband test alone.
struct RMBTClientCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rmbt",
        abstract: "Run the RTR broadband test (RMBT) against a server.",
        discussion: """
            Pre-test, latency, download, pre-test, upload, as the specification has it. A server of your own needs its token \
            key; one that was started with --no-token takes any.

              probe rmbt rmbt.example.net --token-key-file key
              probe rmbt rmbt.example.net --transport websocket --token-key-file key
              probe rmbt 192.0.2.5 --port 8080 --no-tls --duration 3s --format json
              probe rmbt --control https://control.example.net
            """)

    @Argument(help: "Host name or address of the server; none with --control.")
    var host: String?

    @Option(help: ArgumentHelp("Base address of a Control Server, which names the server.", valueName: "url"))
    var control: String?

    @Option(help: "TCP port of the server, 1 to 65535. Default: 443.")
    var port: UInt16?

    @Flag(inversion: .prefixedNo, help: "Speak TLS. Default: --tls.")
    var tls: Bool?

    @Flag(help: "Accept any certificate; the result is flagged tls-unverified.")
    var insecure = false

    @Option(help: ArgumentHelp("PEM file with the authorities to trust instead of the system's.", valueName: "file"))
    var caFile: String?

    @Option(help: "What the server's port is for: classic, http (RMBThttp) or websocket (RMBTws). Default: classic.")
    var transport: RMBTTransportArgument?

    @Option(help: ArgumentHelp("File with the server's token key, readable by its owner alone.", valueName: "file"))
    var tokenKeyFile: String?

    @Option(help: ArgumentHelp("TCP connections, 1 to 20.", valueName: "n"))
    var connections = 3

    @Option(help: "Length of each direction's test, 1s to 30s.")
    var duration = DurationArgument(.seconds(7))

    @Option(help: "Length of each direction's pre-test, 100ms to 30s.")
    var pretest = DurationArgument(.seconds(2))

    @Option(help: ArgumentHelp("Round trips of the latency phase, 1 to 1000.", valueName: "n"))
    var pings = 10

    @Option(help: ArgumentHelp("download, upload or both.", valueName: "direction"))
    var direction: RMBTDirection = .both

    @Option(help: ArgumentHelp("Bytes of a chunk, 4096 to 4194304. Default: the pre-test chooses.", valueName: "bytes"))
    var chunkSize: Int?

    @Flag(help: "Ask for an upload's tuples at its end (PUTTIMERESULT), where the server knows how.")
    var putTimeResult = false

    @Flag(help: "Put the measured tuples into JSON.")
    var samples = false

    @Flag(name: [.customShort("4")], help: "IPv4 only.")
    var ipv4 = false

    @Flag(name: [.customShort("6")], help: "IPv6 only.")
    var ipv6 = false

    @OptionGroup var output: OutputOptions

    @OptionGroup var silence: QuietOptions

    func validate() throws {
        guard (host == nil) != (control == nil) else {
            throw ValidationError(
                host == nil
                    ? "Name a server, or a Control Server with --control URL."
                    : "A Control Server names the server itself: leave the host or --control out.")
        }
        if let control {
            guard ControlURL(control) != nil else {
                throw ValidationError(
                    "--control takes the base address of a Control Server; write --control https://control.example.net, "
                        + "for example.")
            }
            if port != nil || tls != nil || tokenKeyFile != nil || transport != nil {
                throw ValidationError(
                    "--port, --tls, --no-tls, --transport and --token-key-file have no place beside --control: the Control "
                        + "Server says how its server is reached.")
            }
        }
        if ipv4 && ipv6 { throw ValidationError("-4 and -6 cannot be used together.") }
        guard port != 0 else {
            throw ValidationError("--port takes 1 to 65535, found 0; write --port 443, for example.")
        }
        guard (1...20).contains(connections) else {
            throw ValidationError(
                "--connections takes 1 to 20, found \(connections); write --connections 3, for example.")
        }
        guard (1...1000).contains(pings) else {
            throw ValidationError("--pings takes 1 to 1000, found \(pings); write --pings 10, for example.")
        }
        guard duration.value >= .seconds(1), duration.value <= .seconds(30) else {
            throw ValidationError(
                "--duration takes 1s to 30s, found \(DurationText.format(duration.value)); write --duration 7s, for example."
            )
        }
        guard (4096...4_194_304).contains(chunkSize ?? 4096) else {
            throw ValidationError(
                "--chunk-size takes 4096 to 4194304, found \(chunkSize ?? 0); write --chunk-size 65536, for example.")
        }
        guard pretest.value >= .milliseconds(100), pretest.value <= .seconds(30) else {
            throw ValidationError(
                "--pretest takes 100ms to 30s, found \(DurationText.format(pretest.value)); write --pretest 2s, for example."
            )
        }
        if insecure, tls == false { throw ValidationError("--insecure is about TLS; leave it or --no-tls out.") }
    }

    func run() async throws {
        silence.apply(output)
        // What comes through a pipe can be read once, by the test itself.
        if let tokenKeyFile = absolute(tokenKeyFile), !TokenKeyFile.isPipe(tokenKeyFile) {
            do {
                _ = try TokenKeyFile(path: tokenKeyFile)
            } catch {
                throw CommandFailure(.configuration, error.message).reported()
            }
        }
        if insecure { Terminal.note("probe: the server's certificate is not checked (--insecure)") }
        try await SingleTest(
            target: Target(
                name: host ?? control ?? "", system: .server(RMBTTarget(access: access)), assignments: []),
            probe: ProbeSpec(
                name: "rmbt",
                recipe: .rmbt(
                    .init(
                        direction: direction.value, connections: connections, duration: duration.value,
                        pretestDuration: pretest.value, pings: pings, chunkSize: chunkSize, putTimeResult: putTimeResult
                    ))),
            credential: nil, printer: ResultPrinter(output, includesSamples: samples),
            talk: silence.quiet ? .quiet : .progress
        ).run()
    }

    private var access: RMBTTarget.Access {
        let ipVersion: IPVersion? = ipv4 ? .ipv4 : ipv6 ? .ipv6 : nil
        if let control {
            return .control(
                .init(
                    url: control, authorityFile: absolute(caFile), acceptsAnyCertificate: insecure,
                    ipVersion: ipVersion))
        }
        return .direct(
            .init(
                address: host ?? "", port: Int(port ?? 443), tls: tls ?? true, authorityFile: absolute(caFile),
                acceptsAnyCertificate: insecure, transport: transport?.value ?? .classic,
                tokenKeyFile: absolute(tokenKeyFile),
                ipVersion: ipVersion))
    }

    private func absolute(_ path: String?) -> String? {
        path.map { URL(fileURLWithPath: $0).path }
    }
}

/// The directions of `--direction`.
enum RMBTDirection: String, ExpressibleByArgument, CaseIterable {
    case download, upload, both

    var value: TransferDirection { TransferDirection(rawValue: rawValue) ?? .both }
}

/// The transports of `--transport`.
enum RMBTTransportArgument: String, ExpressibleByArgument, CaseIterable {
    case classic, http, websocket

    var value: RMBTTarget.Transport { RMBTTarget.Transport(rawValue: rawValue) ?? .classic }
}
