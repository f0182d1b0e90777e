import ArgumentParser
import FleetModel
import Foundation
import NIOSSL
import RMBT
import Transfer

/// `probe serve rmbt`: a server for the RTR broadband test.
struct ServeRMBTCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rmbt",
        abstract: "Run an RMBT server.",
        discussion: """
            Clients show a token that a Control Server signed with a key it shares with this server: the key file holds one \
            `KEY LABEL` a line. --no-token lets anybody measure. Without --cert and --key the TLS listeners make themselves a \
            certificate, which clients must be told to take. Browsers need --listen-http or --listen-http-tls.

              probe serve rmbt --listen-tls :443 --cert fullchain.pem --key key.pem --token-key-file keys
              probe serve rmbt --listen 127.0.0.1:0 --listen-http 127.0.0.1:0 --no-token
            """)

    @Option(help: ArgumentHelp("Address for classic RMBT without TLS, again for more of them.", valueName: "addr:port"))
    var listen: [ListenArgument] = []

    @Option(help: ArgumentHelp("Address for classic RMBT over TLS, again for more of them.", valueName: "addr:port"))
    var listenTls: [ListenArgument] = []

    @Option(
        help: ArgumentHelp(
            "Address for RMBThttp and RMBTws without TLS, again for more of them.", valueName: "addr:port"))
    var listenHttp: [ListenArgument] = []

    @Option(
        help: ArgumentHelp("Address for RMBThttp and RMBTws over TLS, again for more of them.", valueName: "addr:port"))
    var listenHttpTls: [ListenArgument] = []

    @Option(help: ArgumentHelp("PEM file with the certificate and those that it was signed with.", valueName: "file"))
    var cert: String?

    @Option(help: ArgumentHelp("PEM file with the certificate's private key.", valueName: "file"))
    var key: String?

    @Option(help: ArgumentHelp("File with the token keys, readable by its owner alone.", valueName: "file"))
    var tokenKeyFile: String?

    @Flag(help: "Let anybody measure, with any token.")
    var noToken = false

    @Option(help: ArgumentHelp("Connections at once.", valueName: "n"))
    var maxConnections = 500

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
                    ? "--no-token and --token-key-file exclude each other."
                    : "A server without token keys would measure for anybody: give --token-key-file, or say --no-token."
            )
        }
        guard (cert == nil) == (key == nil) else { throw ValidationError("--cert and --key go together.") }
        guard cert == nil || listeners.contains(where: \.isEncrypted) else {
            throw ValidationError("--cert is for --listen-tls and --listen-http-tls.")
        }
        guard maxConnections > 0 else { throw ValidationError("--max-connections takes 1 or more.") }
    }

    func run() async throws {
        DescriptorLimit.raise()
        let logger = logs.logger("rmbt")
        let verifier = try verifier()
        let listeners = listeners
        var tls: NIOSSLContext?
        if listeners.contains(where: \.isEncrypted) {
            if cert == nil { logger.warning("the certificate is self-signed: clients must be told to take it") }
            tls = try tlsContext()
        }
        let server: RMBT.RMBTServer
        do {
            server = try await RMBT.RMBTServer.bind(
                to: listeners.map {
                    .init(
                        host: $0.address.host, port: $0.address.port, tls: $0.isEncrypted ? tls : nil,
                        transport: $0.transport)
                },
                configuration: .init(verifier: verifier, maxConnections: maxConnections), logger: logger)
        } catch {
            throw CommandFailure.bind(listeners.map(\.address), error).reported()
        }
        for (listener, address) in zip(listeners, server.addresses) {
            let transport = listener.transport == .http ? " for HTTP and WebSocket" : ""
            let encryption = listener.isEncrypted ? " with TLS" : ""
            logger.info("listening on \(ListenAddress.text(address))\(transport)\(encryption)")
        }
        if noToken { logger.warning("anybody who can reach this server may measure (--no-token)") }
        await Interruption.cancelling { await server.run() }
        logger.info("stopped")
    }

    private typealias Listener = (
        address: ListenArgument, transport: RMBT.RMBTServer.Listener.Transport, isEncrypted: Bool
    )

    /// In the order in which they are told.
    private var listeners: [Listener] {
        listen.map { ($0, .classic, false) } + listenTls.map { ($0, .classic, true) }
            + listenHttp.map { ($0, .http, false) } + listenHttpTls.map { ($0, .http, true) }
    }

    private func verifier() throws -> RMBTTokenVerifier? {
        guard let tokenKeyFile else { return nil }
        do {
            let file = try TokenKeyFile(path: URL(fileURLWithPath: tokenKeyFile).path)
            return RMBTTokenVerifier(
                keys: file.keys.map { key, label in key.revealed { RMBTTokenVerifier.Key($0, label: label) } })
        } catch {
            throw CommandFailure(.configuration, error.message).reported()
        }
    }

    private func tlsContext() throws -> NIOSSLContext {
        guard let cert, let key else {
            let names = ["localhost", "127.0.0.1", "::1", ProcessInfo.processInfo.hostName]
            return try SelfSignedCertificate(names: names, validFrom: Date()).serverContext()
        }
        do {
            return try SelfSignedCertificate.serverContext(
                certificates: NIOSSLCertificate.fromPEMFile(cert), key: NIOSSLPrivateKey(file: key, format: .pem))
        } catch {
            throw CommandFailure(
                .configuration, "the certificate \(cert) with the key \(key) cannot be used (\(error))"
            ).reported()
        }
    }
}
