import Logging
import RMBT
import RMBTControl
import ServerLimits
import UnixSignals

/// A Control Server put together: listeners with and without TLS, the token keys of its RMBT servers, and where results are kept.
package struct ServedControl: Sendable {
    package struct Configuration: Sendable {
        package var listeners: [ListenEndpoint]
        package var encryptedListeners: [ListenEndpoint]
        /// nil lets the server make itself a certificate.
        package var certificate: CertificateFiles?
        package var keys: ControlTokenKeys
        package var control: ControlServer.Configuration

        package init(
            listeners: [ListenEndpoint], encryptedListeners: [ListenEndpoint], certificate: CertificateFiles?,
            keys: ControlTokenKeys, control: ControlServer.Configuration
        ) {
            self.listeners = listeners
            self.encryptedListeners = encryptedListeners
            self.certificate = certificate
            self.keys = keys
            self.control = control
        }
    }

    private let server: ControlServer
    private let reload: HangupReload

    /// Reads files and listens; nobody is served before ``run()``.
    ///
    /// - Parameter hangups: from ``HangupReload/trapHangups()``.
    package init(
        _ configuration: Configuration, results: any ControlResults, hangups: UnixSignalsSequence, logger: Logger
    ) async throws(ServingError) {
        let tls =
            configuration.encryptedListeners.isEmpty
            ? nil : try CertificateFiles.source(configuration.certificate, logger: logger)
        reload = HangupReload(
            [.certificate(configuration.certificate, for: tls), configuration.keys.reload], hangups: hangups,
            logger: logger)
        do {
            server = try await ControlServer.bind(
                to: configuration.listeners.map { ControlServer.Listener(host: $0.host, port: $0.port, tls: nil) }
                    + configuration.encryptedListeners.map {
                        ControlServer.Listener(host: $0.host, port: $0.port, tls: tls)
                    }, configuration: configuration.control, results: results, logger: logger)
        } catch {
            throw .cannotListen(configuration.listeners + configuration.encryptedListeners, error)
        }
        for (index, address) in server.addresses.enumerated() {
            let encryption = index < configuration.listeners.count ? "" : " with TLS"
            logger.info("listening on \(ListenAddress.text(address))\(encryption)")
        }
    }

    /// Serves until the task is cancelled.
    package func run() async {
        async let reloaded: Void = reload.run()
        await server.run()
        await reloaded
    }
}
