import Foundation
import NIOSSL
import Sockets

/// The RTR broadband test, as the client: phases 1 to 6 of the specification, section 4.
public struct RMBTClient: Sendable {
    /// How the server's certificate is checked.
    public struct TLS: Sendable {
        let context: NIOSSLContext

        /// - Parameters:
        ///   - authorityFile: PEM file with the authorities to trust; nil trusts the system's.
        ///   - verifies: false takes any certificate.
        /// - Throws: ``RMBTError/local(_:)`` when the file cannot be used.
        public init(authorityFile: String? = nil, verifies: Bool = true) throws(RMBTError) {
            do {
                context = try NIOSSLContext(
                    configuration: Self.configuration(authorityFile: authorityFile, verifies: verifies))
            } catch {
                throw .local("the authorities in \(authorityFile ?? "the system's store") cannot be read")
            }
        }

        /// What every TLS connection of a test takes: TLS 1.2 or 1.3, checked against these authorities.
        package static func configuration(authorityFile: String?, verifies: Bool) -> TLSConfiguration {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.minimumTLSVersion = .tlsv12
            if let authorityFile { configuration.trustRoots = trustRoots(authorityFile) }
            if !verifies {
                configuration.certificateVerification = .none
                // Reading the system's authorities takes a while.
                configuration.trustRoots = .certificates([])
            }
            return configuration
        }

        /// The authorities of a PEM file, the first of which a byte order mark would hide.
        private static func trustRoots(_ path: String) -> NIOSSLTrustRoots {
            let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
            guard let file = FileHandle(forReadingAtPath: path) else { return .file(path) }
            defer { try? file.close() }
            guard let content = try? file.read(upToCount: 1 << 20), content.starts(with: mark),
                let certificates = try? NIOSSLCertificate.fromPEMBytes(Array(content.dropFirst(mark.count)))
            else { return .file(path) }
            return .certificates(certificates)
        }
    }

    public struct Configuration: Sendable {
        /// Host name or IP literal.
        public var host: String
        /// 1 … 65535.
        public var port: Int
        public var family: AddressFamily
        /// Of several addresses the first that answers serves the whole test.
        public var lookup = AddressLookup.system
        /// nil speaks without TLS.
        public var tls: TLS?
        public var transport: RMBTTransport
        /// The same for all connections of the test.
        public var token: String
        /// n_d and n_u, 1 … 20.
        public var connections: Int
        /// d of each direction.
        public var pretestDuration: Duration
        /// t of each direction; whole seconds, 1 … 30, on the wire.
        public var duration: Duration
        /// p.
        public var pings: Int
        public var measuresDownload: Bool
        public var measuresUpload: Bool
        /// Bytes; nil lets the pre-test choose.
        public var chunkSize: Int?
        /// For TCP, TLS, HTTP request, greeting and token together.
        public var connectTimeout: Duration
        /// Whether one more connection measures round trips while data flows.
        public var measuresLatencyUnderLoad = true
        /// How the server tells what came of an upload; `none` leaves only its end to take a rate from.
        public var uploadReports = UploadReports.during

        public init(
            host: String, port: Int = 443, family: AddressFamily = .any, tls: TLS?,
            transport: RMBTTransport = .classic, token: String,
            connections: Int = 3, pretestDuration: Duration = .seconds(2), duration: Duration = .seconds(7),
            pings: Int = 10, measuresDownload: Bool = true, measuresUpload: Bool = true, chunkSize: Int? = nil,
            connectTimeout: Duration = .seconds(5)
        ) {
            self.host = host
            self.port = port
            self.family = family
            self.tls = tls
            self.transport = transport
            self.token = token
            self.connections = connections
            self.pretestDuration = pretestDuration
            self.duration = duration
            self.pings = pings
            self.measuresDownload = measuresDownload
            self.measuresUpload = measuresUpload
            self.chunkSize = chunkSize
            self.connectTimeout = connectTimeout
        }

        /// What begins a connection over HTTP; nil for classic RMBT.
        func upgradeRequest() throws(RMBTError) -> RMBTUpgradeRequest? {
            guard transport != .classic else { return nil }
            return try RMBTUpgradeRequest(host: host, port: port, isEncrypted: tls != nil, transport: transport)
        }

        /// Whole seconds for GETTIME.
        var seconds: Int { Int(min(max((duration.seconds).rounded(.up), 1), 30)) }
    }

    private let configuration: Configuration
    private let monitor: RMBTMonitor

    public init(_ configuration: Configuration, monitor: RMBTMonitor = RMBTMonitor()) {
        self.configuration = configuration
        self.monitor = monitor
    }

    /// Runs the test. Every wait in it has a deadline; cancelling the task ends it at once with what was counted so
    /// far.
    public func run() async -> RMBTMeasurement {
        var run = RMBTClientRun(configuration: configuration, monitor: monitor)
        await run.perform()
        var measurement = run.measurement
        if Task.isCancelled, !run.hasFinished { measurement.error = .stopped }
        return measurement
    }
}

extension Duration {
    var seconds: Double { Double(wholeNanoseconds) * 1e-9 }
}
