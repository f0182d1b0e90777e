import FleetModel
import Foundation
import RMBT
import Transfer

/// An RMBT recipe on a server, as a probe.
struct RMBTProbe: Sendable {
    let server: FleetModel.RMBTServer
    let recipe: ProbeRecipe.RMBT

    func run(_ monitor: RMBTMonitor) async -> ProbeFindings {
        guard case .direct(let direct) = server.access else {
            return ProbeFindings(
                failure: ProbeFailure(.internal, "Control Servers are not supported yet; name an address."))
        }
        guard direct.transport == .classic else {
            return ProbeFindings(
                failure: ProbeFailure(
                    .internal,
                    "The transport \(direct.transport.rawValue) is not supported yet; use transport: classic."))
        }
        let configuration: RMBTClient.Configuration
        do {
            configuration = try self.configuration(direct)
        } catch {
            return ProbeFindings(failure: error)
        }
        let measurement = await RMBTClient(configuration, monitor: monitor).run()
        var findings = findings(of: measurement)
        if measurement.serverVersion != nil || measurement.error == .tokenRejected {
            findings.authentication = direct.tokenKeyFile == nil ? AuthenticationMethod.none : .token
        }
        if direct.tls, direct.acceptsAnyCertificate { findings.flags.append("tls-unverified") }
        return findings
    }

    private func configuration(_ direct: FleetModel.RMBTServer.Direct) throws(ProbeFailure) -> RMBTClient.Configuration
    {
        var tls: RMBTClient.TLS?
        if direct.tls {
            do {
                tls = try RMBTClient.TLS(authorityFile: direct.authorityFile, verifies: !direct.acceptsAnyCertificate)
            } catch {
                throw ProbeFailure(error)
            }
        }
        return RMBTClient.Configuration(
            host: direct.address, port: direct.port, family: AddressFamily(direct.ipVersion), tls: tls,
            token: try token(direct.tokenKeyFile),
            connections: recipe.connections, pretestDuration: recipe.pretestDuration, duration: recipe.duration,
            pings: recipe.pings, measuresDownload: recipe.direction != .upload,
            measuresUpload: recipe.direction != .download, chunkSize: recipe.chunkSize)
    }

    /// A token of our own, with the first key of the file; servers without keys take any.
    private func token(_ keyFile: String?) throws(ProbeFailure) -> String {
        let now = Int64(Date().timeIntervalSince1970)
        guard let keyFile else { return RMBTToken(uuid: UUID(), startTime: now, key: "none").text }
        do {
            guard let key = try TokenKeyFile(path: keyFile).keys.first?.key else {
                throw ProbeFailure(.internal, "The token key file \(keyFile) holds no key.")
            }
            return key.revealed { RMBTToken(uuid: UUID(), startTime: now, key: $0).text }
        } catch let error as SecretError {
            throw ProbeFailure(.internal, Sentence.from(error.message))
        } catch {
            throw ProbeFailure(.internal, "\(error)")
        }
    }

    private func findings(of measurement: RMBTMeasurement) -> ProbeFindings {
        var findings = ProbeFindings()
        findings.download = measurement.download.flatMap { TransferResult($0) }
        findings.upload = measurement.upload.flatMap { TransferResult($0) }
        findings.latency = LatencySummary(
            method: .rmbt, roundTrips: measurement.pings.map { Double($0.server) * 1e-9 }, sent: measurement.pingsSent)
        let (down, up) = (median(measurement.pingsDuringDownload), median(measurement.pingsDuringUpload))
        if down != nil || up != nil { findings.latencyUnderLoad = .init(downloadMedian: down, uploadMedian: up) }
        if measurement.isReducedToOneConnection { findings.flags.append("reduced-to-one-connection") }
        if measurement.hasFewerConnections { findings.flags.append("fewer-connections") }
        if let error = measurement.error { findings.failure = ProbeFailure(error) }
        return findings
    }

    /// In seconds, by the server's clock as the idle latency is.
    private func median(_ pings: [RMBTMeasurement.Ping]) -> Double? {
        Quantiles.median(ofSorted: pings.map { Double($0.server) * 1e-9 }.sorted())
    }
}

extension ProbeFailure {
    init(_ error: RMBTError) {
        let kind: Kind =
            switch error {
            case .connection(let failure): Kind(failure)
            case .tls: .tls
            case .silent, .nothingTransferred: .timeout
            case .closed, .violation: .protocol
            case .tokenRejected: .authentication
            case .refused: .refused
            case .interrupted, .stopped: .interrupted
            case .local, .unsupported: .internal
            }
        self.init(kind, error.description)
    }
}
