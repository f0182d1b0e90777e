import Agent
import ArgumentParser
import FleetModel
import RMBT
import ServerLimits
import Serving
import Sockets

/// `probe serve rmbt`: a server for the RTR broadband test.
struct ServeRMBTCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rmbt",
        abstract: "Run an RMBT server.",
        discussion: """
            Clients show a token that a Control Server signed with a key it shares with this server: the key file holds one \
            `KEY LABEL` a line. --no-token lets anyone measure. Without --cert and --key the TLS listeners make themselves a \
            certificate, which clients must be told to accept. SIGHUP reads --cert, --key and the key file again. Browsers need \
            --listen-http or --listen-http-tls.

              probe serve rmbt --listen-tls :443 --cert fullchain.pem --key key.pem --token-key-file keys
              probe serve rmbt --listen :5005 --listen-udp :444 --token-key-file keys --address-quota day=50G
              probe serve rmbt --listen 127.0.0.1:0 --listen-http 127.0.0.1:0 --no-token
            """)

    @Option(help: ArgumentHelp("Address for classic RMBT without TLS (repeatable).", valueName: "addr:port"))
    var listen: [ListenArgument] = []

    @Option(help: ArgumentHelp("Address for classic RMBT over TLS (repeatable).", valueName: "addr:port"))
    var listenTls: [ListenArgument] = []

    @Option(
        help: ArgumentHelp(
            "Address for RMBThttp and RMBTws without TLS (repeatable).", valueName: "addr:port"))
    var listenHttp: [ListenArgument] = []

    @Option(
        help: ArgumentHelp("Address for RMBThttp and RMBTws over TLS (repeatable).", valueName: "addr:port"))
    var listenHttpTls: [ListenArgument] = []

    @Option(
        help: ArgumentHelp(
            "Address for UDP pings, which prove themselves with a token of version 2 (repeatable). A host with several "
                + "addresses names each.",
            valueName: "addr:port"))
    var listenUdp: [ListenArgument] = []

    @OptionGroup var certificate: CertificateOptions

    @Option(help: ArgumentHelp("File with the token keys, readable by its owner alone.", valueName: "file"))
    var tokenKeyFile: String?

    @Flag(help: "Let anyone measure, with any token.")
    var noToken = false

    @Option(
        help: ArgumentHelp(
            "1 takes tokens of both versions, 2 those alone that are bound to the client's address.", valueName: "1|2"))
    var tokenVersion = 1

    @Option(
        help: ArgumentHelp(
            "Connections that one token serves in all: some clients open 2 and twice as many as they measure with.",
            valueName: "n"))
    var connectionsPerToken = RMBTServer.Configuration.usualConnectionsPerToken

    @Option(help: ArgumentHelp("Connections with a good token at once.", valueName: "n"))
    var maxConnections = 2000

    @Option(
        help: ArgumentHelp(
            "The same for one address, or for one /64 of IPv6. Default: four fifths of --max-connections from 100 on.",
            valueName: "n"
        ))
    var maxConnectionsPerAddress: Int?

    @Option(
        help: ArgumentHelp(
            "Tests at once: all connections with one token are one, with --no-token all of one address.", valueName: "n"
        ))
    var maxSessions = 1000

    @Option(help: ArgumentHelp("Bytes of one command, in either direction.", valueName: "bytes"))
    var maxCommandBytes = ByteCountArgument(300_000_000_000)

    @Option(help: "A command that lasts longer ends the connection, and so does waiting so long for one.")
    var maxCommandDuration = DurationArgument(.seconds(60))

    @Option(help: "A connection is closed after this.")
    var maxDuration = DurationArgument(.seconds(600))

    @Option(help: ArgumentHelp("Limit for each direction of a test.", valueName: "rate"))
    var maxRate: BitRate?

    @Option(
        help: ArgumentHelp(
            "For all tests with one token key, by its label: day=10G, month-in=200G (repeatable).",
            valueName: "period=bytes"),
        transform: QuotaArgument.rule)
    var keyQuota: [QuotaRule] = []

    @OptionGroup var quotas: ServerQuotaOptions

    @Option(
        help: ArgumentHelp(
            "Keeps what keys and addresses have used, so that quotas outlast the server, and whom it refused: see probe user "
                + "refusals --users-db FILE. One server per file.",
            valueName: "file"))
    var usageDb: String?

    @OptionGroup var reports: ReportToOptions
    @OptionGroup var gate: ServerGateOptions
    @OptionGroup var logs: LogOptions

    func validate() throws {
        guard !listeners.isEmpty else {
            throw ValidationError(
                "Give at least one of --listen, --listen-tls, --listen-http and --listen-http-tls, for example --listen :8080."
            )
        }
        guard (tokenKeyFile == nil) == noToken else {
            throw ValidationError(
                noToken
                    ? "--no-token and --token-key-file cannot be used together."
                    : "A server without token keys would measure for anyone: give --token-key-file, or say --no-token."
            )
        }
        guard certificate.isSelfSigned || listeners.contains(where: \.isEncrypted) else {
            throw ValidationError("--cert is for --listen-tls and --listen-http-tls.")
        }
        guard tokenVersion == 1 || tokenVersion == 2 else {
            throw ValidationError("--token-version takes 1 or 2, and not \(tokenVersion).")
        }
        if noToken {
            guard reports.reportTo.isEmpty else { throw ValidationError("--report-to is for --token-key-file.") }
            guard tokenVersion == 1 else { throw ValidationError("--token-version is for --token-key-file.") }
            guard keyQuota.isEmpty else { throw ValidationError("--key-quota is for --token-key-file.") }
        }
        for (name, count) in [
            ("--max-connections", maxConnections), ("--max-connections-per-address", maxConnectionsPerAddress ?? 1),
            ("--connections-per-token", connectionsPerToken), ("--max-sessions", maxSessions),
        ] where count < 1 {
            throw ValidationError("\(name) takes 1 or more, and not \(count).")
        }
        guard maxCommandBytes.value.bytes >= 4096 else {
            throw ValidationError("--max-command-bytes takes 4096, the smallest chunk, or more: for example 300G.")
        }
    }

    func run() async throws {
        let hangups = await HangupReload.trapHangups()
        DescriptorLimit.raise()
        let logger = logs.logger("rmbt")
        if usageDb == nil, !(keyQuota + quotas.addressQuota).isEmpty {
            logger.notice("quotas are counted in memory and start anew with the server; --usage-db keeps them")
        }
        let served: ServedRMBT
        do {
            served = try await ServedRMBT(
                .init(
                    listeners: listeners, pingListeners: listenUdp.map(\.endpoint), certificate: certificate.files,
                    tokenKeyFile: tokenKeyFile, demandsAddress: tokenVersion == 2, limits: limits,
                    usageDatabase: usageDb, reportsTo: reports.servers, reportAuthorities: reports.authorityFile),
                hangups: hangups, logger: logger)
        } catch {
            throw error.reported()
        }
        if noToken { logger.warning("anyone who can reach this server may measure (--no-token)") }
        await Interruption.cancelling { await served.run() }
        logger.info("stopped")
    }

    /// In the order in which they are told.
    private var listeners: [ServedRMBT.Listener] {
        listen.map { .init($0.endpoint, .classic, isEncrypted: false) }
            + listenTls.map { .init($0.endpoint, .classic, isEncrypted: true) }
            + listenHttp.map { .init($0.endpoint, .http, isEncrypted: false) }
            + listenHttpTls.map { .init($0.endpoint, .http, isEncrypted: true) }
    }

    private var limits: RMBTServer.Configuration {
        var limits = RMBTServer.Configuration(
            verifier: nil, maxConnections: maxConnections, connectionsPerToken: connectionsPerToken,
            stepTimeout: maxCommandDuration.value, connectionTimeout: maxDuration.value)
        if let maxConnectionsPerAddress { limits.maxConnectionsPerAddress = maxConnectionsPerAddress }
        limits.maxSessions = maxSessions
        limits.maxSessionsPerAddress = quotas.maxPerAddress
        limits.maxBitsPerSecond = maxRate?.bitsPerSecond
        limits.mostBytesPerCommand = maxCommandBytes.value.bytes
        limits.keyQuotas = keyQuota
        limits.addressQuotas = quotas.addressQuota
        gate.apply(to: &limits.startups, &limits.penalties)
        return limits
    }
}
