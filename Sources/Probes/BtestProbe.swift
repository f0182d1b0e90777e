import Btest
import FleetModel
import Logging
import Secrets
import Sockets

/// A btest recipe on a router, as a probe.
struct BtestProbe: Sendable {
    let router: Router
    let recipe: ProbeRecipe.Btest
    let credentials: [String: Credential]
    let secrets: SecretReader
    var lookup = AddressLookup.system
    let logger: Logger

    func run(_ monitor: BtestMonitor) async -> ProbeFindings {
        var configuration = BtestClient.Configuration(
            host: router.address, port: router.port, family: AddressFamily(router.ipVersion),
            requiredAuthentication: router.requiredAuthentication.flatMap {
                BtestAuthentication(rawValue: $0.rawValue)
            },
            transport: recipe.transport == .udp ? .udp : .tcp, direction: direction, duration: recipe.duration,
            bitsPerSecond: recipe.rate?.bitsPerSecond,
            connections: recipe.connections, transmitSize: recipe.transmitSize.map { UInt16(clamping: $0) },
            randomData: recipe.randomData, handshakeTimeout: recipe.timeout, natProbe: recipe.natProbe,
            datagramOffload: recipe.datagramOffload)
        if let name = router.credential {
            guard let credential = credentials[name] else {
                return ProbeFindings(
                    failure: ProbeFailure(.internal, "There is no credential \(name) in the fleet file."))
            }
            do {
                configuration.userName = credential.user
                configuration.password = try await secrets.password(of: credential).revealed { $0 }
            } catch {
                return ProbeFindings(failure: ProbeFailure(.internal, Sentence.from(error.message)))
            }
        }
        configuration.lookup = lookup
        let latency = LatencyBesideTest(
            address: router.address, port: router.port, family: AddressFamily(router.ipVersion), lookup: lookup,
            testedPeer: { monitor.peer.latest })
        let idle = await latency.idle()
        if recipe.findsCapacity {
            var findings = await BtestCapacityProbe(
                configuration: configuration, recipe: recipe, monitor: monitor, logger: logger
            ).run()
            let isOfTested = monitor.peer.latest.map { idle?.peer.isSameHost(as: $0) ?? false } ?? true
            findings.latency = (isOfTested ? idle?.summary : nil) ?? findings.latency
            return findings
        }
        let (measurement, loaded) = await latency.underLoad { whenDataFlows in
            await BtestClient(configuration, monitor: monitor, logger: logger, whenDataFlows: whenDataFlows).run()
        }
        var findings = Self.findings(of: measurement)
        // Of a router with several addresses, only the one that was tested is of interest.
        let isOfTested = monitor.peer.latest.map { idle?.peer.isSameHost(as: $0) ?? false } ?? true
        findings.latency =
            (isOfTested ? idle?.summary : nil)
            ?? measurement.connectRoundTrip.flatMap {
                LatencySummary(method: .tcpConnect, roundTrips: [Double($0) * 1e-9], sent: 1)
            }
        findings.latencyUnderLoad = loaded.map {
            // While both directions are full, one series of round trips is under the load of both.
            .init(
                downloadMedian: recipe.direction == .upload ? nil : $0.median,
                uploadMedian: recipe.direction == .download ? nil : $0.median)
        }
        return findings
    }

    private var direction: BtestCommand.Direction {
        switch recipe.direction {
        case .download: .download
        case .upload: .upload
        case .both: .both
        }
    }

    /// A router whose CPU is busier than this measures itself rather than its link (docs/protocols/btest.md, What RouterOS calls
    /// things).
    private static let busyCPU = 0.7

    static func findings(of measurement: BtestMeasurement) -> ProbeFindings {
        var findings = ProbeFindings()
        findings.download = measurement.download.flatMap { TransferResult($0) }
        findings.upload = measurement.upload.flatMap { TransferResult($0) }
        if measurement.localCPU != nil || measurement.remoteCPU != nil {
            findings.cpu = .init(local: measurement.localCPU, remote: measurement.remoteCPU)
        }
        findings.authentication = measurement.authentication.flatMap { AuthenticationMethod(rawValue: $0.rawValue) }
        if measurement.stalled { findings.flags.append("stalled") }
        if measurement.hasFewerConnections { findings.flags.append("fewer-connections") }
        if measurement.rateExceeded { findings.flags.append("rate-exceeded") }
        if measurement.remoteCPU ?? 0 > busyCPU { findings.flags.append("remote-cpu-bound") }
        if measurement.localCPU ?? 0 > busyCPU { findings.flags.append("local-cpu-bound") }
        if let error = measurement.error { findings.failure = ProbeFailure(error) }
        return findings
    }
}

extension ProbeFailure {
    init(_ error: BtestError) {
        let kind: Kind =
            switch error {
            case .connection(let failure): Kind(failure)
            case .silent, .nothingTransferred, .noDatagrams, .noReports: .timeout
            case .closed, .violation, .strayBytes: .protocol
            case .refused: .refused
            case .credentialsMissing, .authenticationFailed, .weakAuthentication, .serverNotGenuine, .userNameTooLong:
                .authentication
            case .interrupted, .vanished, .stopped: .interrupted
            case .local: .internal
            }
        self.init(kind, error.description)
    }
}

extension ProbeFailure.Kind {
    /// A port on which nothing listens is as unreachable as a silent one: no test can begin there.
    init(_ failure: ConnectFailure) {
        switch failure {
        case .unresolved, .refused, .unreachable, .timedOut: self = .unreachable
        case .local: self = .internal
        case .stopped: self = .interrupted
        }
    }
}
