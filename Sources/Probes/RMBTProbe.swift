import FleetModel
import Foundation
import RMBT
import Secrets
import Sockets

/// An RMBT recipe on a server whose address and key we have, as a probe.
struct RMBTProbe: Sendable {
    let direct: RMBTTarget.Direct
    let recipe: ProbeRecipe.RMBT
    var lookup = AddressLookup.system

    func run(_ monitor: RMBTMonitor) async -> ProbeFindings {
        let configuration: RMBTClient.Configuration
        do {
            configuration = try self.configuration()
        } catch {
            return ProbeFindings(failure: error)
        }
        let measurement = await RMBTClient(configuration, monitor: monitor).run()
        var findings = ProbeFindings(measurement)
        if measurement.serverVersion != nil || measurement.error == .tokenRejected {
            findings.authentication = direct.tokenKeyFile == nil ? AuthenticationMethod.none : .token
        }
        if direct.tls, direct.acceptsAnyCertificate { findings.flags.append("tls-unverified") }
        return findings
    }

    private func configuration() throws(ProbeFailure) -> RMBTClient.Configuration {
        var tls: RMBTClient.TLS?
        if direct.tls {
            do {
                tls = try RMBTClient.TLS(authorityFile: direct.authorityFile, verifies: !direct.acceptsAnyCertificate)
            } catch {
                throw ProbeFailure(error)
            }
        }
        var configuration = RMBTClient.Configuration(
            host: direct.address, port: direct.port, family: AddressFamily(direct.ipVersion), tls: tls,
            transport: RMBTTransport(direct.transport), token: try token(direct.tokenKeyFile),
            connections: recipe.connections, pretestDuration: recipe.pretestDuration, duration: recipe.duration,
            pings: recipe.pings, measuresDownload: recipe.direction != .upload,
            measuresUpload: recipe.direction != .download, chunkSize: recipe.chunkSize)
        configuration.uploadReports = recipe.putTimeResult ? .atEnd : .during
        configuration.lookup = lookup
        return configuration
    }

    /// A token of our own, with the first key of the file; servers without keys take any.
    private func token(_ keyFile: String?) throws(ProbeFailure) -> String {
        let key = try Self.tokenKey(in: keyFile)
        return RMBTToken(uuid: UUID(), startTime: Int64(Date().timeIntervalSince1970), key: key ?? "none").text
    }

    /// - Returns: nil without a file.
    static func tokenKey(in keyFile: String?) throws(ProbeFailure) -> String? {
        guard let keyFile else { return nil }
        do {
            guard let key = try TokenKeyFile(path: keyFile).keys.first?.key else {
                throw ProbeFailure(.internal, "The token key file \(keyFile) holds no key.")
            }
            return key.revealed { $0 }
        } catch let error as SecretError {
            throw ProbeFailure(.internal, Sentence.from(error.message))
        } catch {
            throw ProbeFailure(.internal, "\(error)")
        }
    }
}

extension RMBTTransport {
    init(_ transport: RMBTTarget.Transport) {
        switch transport {
        case .classic: self = .classic
        case .http: self = .http
        case .websocket: self = .websocket
        }
    }
}
