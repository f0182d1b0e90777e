import Accounts
import Agent
import ArgumentParser
import FleetModel
import Foundation
import Logging
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
        let keys = try tokenKeys()
        let verifier = keys.map { RMBTTokenVerifier($0.keys, demandsAddress: tokenVersion == 2) }
        let listeners = listeners
        var tls: TLSContextSource?
        if listeners.contains(where: \.isEncrypted) {
            if certificate.isSelfSigned {
                logger.warning("the certificate is self-signed: clients must be told to accept it")
            }
            tls = try certificate.source()
        }
        let reload = HangupReload(
            [.certificate(certificate.files, for: tls), keys?.reload], hangups: hangups, logger: logger)
        let keeper = try await usageKeeper(logger)
        let served = RMBTServedTests()
        let reporter = try keys.flatMap { try reports.reporter(served, $0.keys, logger) }
        let server: RMBTServer
        let pings: UDPPingServer
        do {
            server = try await RMBTServer.bind(
                to: listeners.map {
                    .init(
                        host: $0.address.host, port: $0.address.port, tls: $0.isEncrypted ? tls : nil,
                        transport: $0.transport)
                },
                configuration: configuration(verifier, keeper, reporter == nil ? nil : served), logger: logger)
            pings = try await UDPPingServer.bind(
                to: listenUdp.map { ($0.host, $0.port) }, verifier: verifier, logger: logger)
        } catch {
            throw CommandFailure.bind(listeners.map(\.address) + listenUdp, error).reported()
        }
        for (listener, address) in zip(listeners, server.addresses) {
            let transport = listener.transport == .http ? " for HTTP and WebSocket" : ""
            let encryption = listener.isEncrypted ? " with TLS" : ""
            logger.info("listening on \(ListenAddress.text(address))\(transport)\(encryption)")
        }
        for address in pings.addresses { logger.info("listening on \(ListenAddress.text(address)) for UDP pings") }
        if noToken { logger.warning("anyone who can reach this server may measure (--no-token)") }
        await Interruption.cancelling {
            async let reloaded: Void = reload.run()
            async let pinged: Void = pings.run()
            async let reported: Void? = reporter?.run()
            if let keeper { await keeper.serving { await server.run() } } else { await server.run() }
            _ = await (reloaded, pinged, reported)
        }
        logger.info("stopped")
    }

    private typealias Listener = (
        address: ListenArgument, transport: RMBTServer.Listener.Transport, isEncrypted: Bool
    )

    /// In the order in which they are told.
    private var listeners: [Listener] {
        listen.map { ($0, .classic, false) } + listenTls.map { ($0, .classic, true) }
            + listenHttp.map { ($0, .http, false) } + listenHttpTls.map { ($0, .http, true) }
    }

    private func configuration(
        _ verifier: RMBTTokenVerifier?, _ keeper: UsageKeeper?, _ served: RMBTServedTests?
    ) -> RMBTServer.Configuration {
        var configuration = RMBTServer.Configuration(
            verifier: verifier, maxConnections: maxConnections, connectionsPerToken: connectionsPerToken,
            stepTimeout: maxCommandDuration.value, connectionTimeout: maxDuration.value)
        if let maxConnectionsPerAddress { configuration.maxConnectionsPerAddress = maxConnectionsPerAddress }
        configuration.maxSessions = maxSessions
        configuration.servedTests = served
        configuration.maxSessionsPerAddress = quotas.maxPerAddress
        configuration.maxBitsPerSecond = maxRate?.bitsPerSecond
        configuration.mostBytesPerCommand = maxCommandBytes.value.bytes
        configuration.keyQuotas = keyQuota
        configuration.addressQuotas = quotas.addressQuota
        if let keeper {
            configuration.ledger = keeper.ledger
            let refusals = RMBTRefusals()
            configuration.events = { event in
                if let refusal = refusals.refusal(event, at: Date()) { keeper.note(refusal) }
            }
        }
        gate.apply(to: &configuration.startups, &configuration.penalties)
        return configuration
    }

    /// What keeps usage in a database; nil without one.
    private func usageKeeper(_ logger: Logger) async throws -> UsageKeeper? {
        guard let usageDb else {
            if !(keyQuota + quotas.addressQuota).isEmpty {
                logger.notice("quotas are counted in memory and start anew with the server; --usage-db keeps them")
            }
            return nil
        }
        do {
            return try await UsageKeeper(store: AccountStore(path: usageDb, access: .create), logger: logger)
        } catch {
            throw AccountFailure.failure(error)
        }
    }

    private func tokenKeys() throws -> ServedTokenKeys? {
        guard let tokenKeyFile else { return nil }
        do {
            return try ServedTokenKeys(file: tokenKeyFile)
        } catch {
            throw CommandFailure(.configuration, error.message).reported()
        }
    }
}
