import Accounts
import Foundation
import Logging
import RMBT
import RMBTControl
import ServerLimits
import UnixSignals

/// An RMBT server put together: listeners with and without TLS, UDP pings, token keys, limits, usage, and what it tells Control Servers.
package struct ServedRMBT: Sendable {
    package struct Listener: Sendable {
        package let endpoint: ListenEndpoint
        package let transport: RMBTServer.Listener.Transport
        package let isEncrypted: Bool

        package init(_ endpoint: ListenEndpoint, _ transport: RMBTServer.Listener.Transport, isEncrypted: Bool) {
            self.endpoint = endpoint
            self.transport = transport
            self.isEncrypted = isEncrypted
        }
    }

    package struct Configuration: Sendable {
        /// In the order in which they are told.
        package var listeners: [Listener]
        package var pingListeners: [ListenEndpoint]
        /// nil lets the server make itself a certificate.
        package var certificate: CertificateFiles?
        /// nil lets anyone measure with any token.
        package var tokenKeyFile: String?
        /// Whether a token must be bound to the client's address.
        package var demandsAddress: Bool
        /// Limits; verifier, ledger, events and served tests come from here.
        package var limits: RMBTServer.Configuration
        /// Where usage is kept, and whom the server refused; nil counts in memory.
        package var usageDatabase: String?
        /// The Control Servers that are told what their tokens carried.
        package var reportsTo: [ControlURL]
        /// The authorities to trust for these instead of the system's.
        package var reportAuthorities: String?

        package init(
            listeners: [Listener], pingListeners: [ListenEndpoint], certificate: CertificateFiles?,
            tokenKeyFile: String?, demandsAddress: Bool, limits: RMBTServer.Configuration, usageDatabase: String?,
            reportsTo: [ControlURL], reportAuthorities: String?
        ) {
            self.listeners = listeners
            self.pingListeners = pingListeners
            self.certificate = certificate
            self.tokenKeyFile = tokenKeyFile
            self.demandsAddress = demandsAddress
            self.limits = limits
            self.usageDatabase = usageDatabase
            self.reportsTo = reportsTo
            self.reportAuthorities = reportAuthorities
        }
    }

    private let server: RMBTServer
    private let pings: UDPPingServer
    private let keeper: UsageKeeper?
    private let reporter: ControlReporter?
    private let reload: HangupReload

    /// Reads files and listens; nobody is served before ``run()``.
    ///
    /// - Parameter hangups: from ``HangupReload/trapHangups()``.
    package init(
        _ configuration: Configuration, hangups: UnixSignalsSequence, logger: Logger
    ) async throws(ServingError) {
        let keys = try configuration.tokenKeyFile.map { path throws(ServingError) in try Self.keys(path) }
        let verifier = keys.map { RMBTTokenVerifier($0.keys, demandsAddress: configuration.demandsAddress) }
        let tls =
            configuration.listeners.contains(where: \.isEncrypted)
            ? try CertificateFiles.source(configuration.certificate, logger: logger) : nil
        reload = HangupReload(
            [.certificate(configuration.certificate, for: tls), keys?.reload], hangups: hangups, logger: logger)
        let keeper = try await Self.keeper(configuration.usageDatabase, logger)
        let served = RMBTServedTests()
        reporter = try keys.flatMap { keys throws(ServingError) in
            try Self.reporter(configuration, served, keys.keys, logger)
        }
        var limits = configuration.limits
        limits.verifier = verifier
        limits.servedTests = reporter == nil ? nil : served
        if let keeper {
            limits.ledger = keeper.ledger
            let refusals = RMBTRefusals()
            limits.events = { event in
                if let refusal = refusals.refusal(event, at: Date()) { keeper.note(refusal) }
            }
        }
        self.keeper = keeper
        do {
            server = try await RMBTServer.bind(
                to: configuration.listeners.map {
                    .init(
                        host: $0.endpoint.host, port: $0.endpoint.port, tls: $0.isEncrypted ? tls : nil,
                        transport: $0.transport)
                },
                configuration: limits, logger: logger)
            pings = try await UDPPingServer.bind(
                to: configuration.pingListeners.map { ($0.host, $0.port) }, verifier: verifier, logger: logger)
        } catch {
            throw .cannotListen(configuration.listeners.map(\.endpoint) + configuration.pingListeners, error)
        }
        for (listener, address) in zip(configuration.listeners, server.addresses) {
            let transport = listener.transport == .http ? " for HTTP and WebSocket" : ""
            let encryption = listener.isEncrypted ? " with TLS" : ""
            logger.info("listening on \(ListenAddress.text(address))\(transport)\(encryption)")
        }
        for address in pings.addresses { logger.info("listening on \(ListenAddress.text(address)) for UDP pings") }
    }

    /// Serves until the task is cancelled.
    package func run() async {
        async let reloaded: Void = reload.run()
        async let pinged: Void = pings.run()
        async let reported: Void? = reporter?.run()
        if let keeper { await keeper.serving { await server.run() } } else { await server.run() }
        _ = await (reloaded, pinged, reported)
    }

    private static func keys(_ path: String) throws(ServingError) -> ServedTokenKeys {
        do {
            return try ServedTokenKeys(file: path)
        } catch {
            throw .unusable(error.message)
        }
    }

    private static func keeper(_ database: String?, _ logger: Logger) async throws(ServingError) -> UsageKeeper? {
        guard let database else { return nil }
        do {
            return try await UsageKeeper(store: AccountStore(path: database, access: .create), logger: logger)
        } catch {
            throw .accounts(error)
        }
    }

    private static func reporter(
        _ configuration: Configuration, _ served: RMBTServedTests, _ keys: RMBTTokenKeys, _ logger: Logger
    ) throws(ServingError) -> ControlReporter? {
        guard !configuration.reportsTo.isEmpty else { return nil }
        let reporter = ControlReporter(
            servers: configuration.reportsTo, authorityFile: configuration.reportAuthorities, served: served,
            keys: keys, logger: logger)
        do {
            try reporter.requireAuthorities()
        } catch {
            throw .unusable(
                "the authorities in \(configuration.reportAuthorities ?? "the system's store") cannot be read")
        }
        return reporter
    }
}
