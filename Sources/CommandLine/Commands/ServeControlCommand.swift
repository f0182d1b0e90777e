import Agent
import ArgumentParser
import FleetModel
import RMBTControl
import ServerLimits
import Serving
import Sockets

/// `probe serve control`: the RMBT Control Server.
struct ServeControlCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "control",
        abstract: "Run an RMBT Control Server.",
        discussion: """
            It tells clients which RMBT server to measure against and when, signs the permission with a key that it shares with \
            that server, and keeps their results in the store, where reports find them. A browser measures on the page at /. SIGHUP \
            reads --cert, --key and the token keys again.

            Only the address of a server has to be given: whether it has TLS and HTTP is looked up at the start and every 30 \
            seconds, and one that does not answer is not offered. --servers names a file with a list of servers (name, address, \
            port, tls, type, token_key_file, max_tests), --rmbt one server with the options tls, no-tls, \
            type=RMBT|RMBThttp|RMBTws|auto and max-tests=N.

            Results that no RMBT server confirms are flagged `unconfirmed` and stay out of statistics: start each server with \
            `probe serve rmbt --report-to URL`, which tells this one what it carried for each token.

              probe serve rmbt --listen-http :8081 --token-key-file keys --report-to http://127.0.0.1:8080
              probe serve control --listen :8080 --rmbt own=rmbt.example.net:8081 --token-key-file keys --db results.db
            """)

    @Option(help: ArgumentHelp("Address for HTTP (repeatable).", valueName: "addr:port"))
    var listen: [ListenArgument] = []

    @Option(help: ArgumentHelp("Address for HTTPS (repeatable).", valueName: "addr:port"))
    var listenTls: [ListenArgument] = []

    @OptionGroup var certificate: CertificateOptions
    @OptionGroup var servers: ControlServerOptions
    @OptionGroup var terms: ControlTestOptions
    @OptionGroup var page: ControlPageOptions
    @OptionGroup var options: FleetOptions
    @OptionGroup var logs: LogOptions

    @Option(help: ArgumentHelp("Connections at once.", valueName: "n"))
    var maxConnections = 1000

    @Option(
        help: ArgumentHelp(
            "Believe X-Forwarded-For and X-Forwarded-Proto of these: an address or a network such as 192.0.2.0/24 (repeatable).",
            valueName: "range"),
        transform: ServeControlCommand.range)
    var trustProxy: [AddressRange] = []

    func validate() throws {
        guard !listen.isEmpty || !listenTls.isEmpty else {
            throw ValidationError("Give at least one of --listen and --listen-tls.")
        }
        guard certificate.isSelfSigned || !listenTls.isEmpty else {
            throw ValidationError("--cert is for --listen-tls.")
        }
        guard maxConnections > 0 else { throw ValidationError("--max-connections takes 1 or more.") }
    }

    func run() async throws {
        let hangups = await HangupReload.trapHangups()
        DescriptorLimit.raise()
        let logger = logs.logger("control")
        let (controlled, keys) = try servers.read()
        var configuration = ControlServer.Configuration(servers: controlled)
        terms.apply(to: &configuration)
        page.apply(to: &configuration)
        configuration.selection = servers.select
        configuration.maxConnections = maxConnections
        configuration.version = ProbeCommand.configuration.version
        configuration.source = { SourceAddress($0)?.description ?? $0 }
        let proxies = trustProxy
        configuration.trustsProxy = { address in
            IPAddress(address).map { address in proxies.contains { $0.contains(address) } } ?? false
        }
        let store = try OpenStore.forWriting(try options.db ?? FleetLookup.load(options).storePath)

        let served: ServedControl
        do {
            served = try await ServedControl(
                .init(
                    listeners: listen.map(\.endpoint), encryptedListeners: listenTls.map(\.endpoint),
                    certificate: certificate.files, keys: keys, control: configuration),
                results: StoredControlResults(store: store), hangups: hangups, logger: logger)
        } catch {
            throw error.reported()
        }
        await Interruption.cancelling { await served.run() }
        try? store.close()
        logger.info("stopped")
    }

    private static func range(_ text: String) throws -> AddressRange {
        do {
            return try AddressRange(text)
        } catch {
            throw ValidationError("\(error)")
        }
    }
}
