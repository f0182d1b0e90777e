import FleetModel
import Foundation
import Logging
import RMBT
import RMBTControl
import Sockets

/// An RMBT recipe on the server that a Control Server names: phases 1 to 7 of the specification.
///
/// The Control Server grants connections, seconds and pings; a recipe that asks for less gets less.
struct ControlledRMBTProbe: Sendable {
    let access: RMBTTarget.Control
    let recipe: ProbeRecipe.RMBT
    let client: ControlledClient
    let logger: Logger

    /// What may pass beside the test itself: two requests, the wait for a place, the delivery of the result.
    static let longestBeside: Duration = .seconds(ControlClient.longestWait) + .seconds(50)

    func run(_ monitor: RMBTMonitor) async -> ProbeFindings {
        guard let url = ControlURL(access.url) else {
            return ProbeFindings(
                failure: ProbeFailure(.internal, "\(access.url) is not the address of a Control Server."))
        }
        let configuration = ControlClient.Configuration(
            server: url, authorityFile: access.authorityFile, verifies: !access.acceptsAnyCertificate,
            softwareVersion: client.softwareVersion,
            identity: client.stateFolder.map { ControlIdentity(folder: $0) }, ipVersion: access.ipVersion?.rawValue)
        do {
            return try await ControlClient.talking(configuration) { control throws(ControlError) in
                let assignment = try await control.requestTest(connections: recipe.connections)
                return await measured(assignment, control, monitor)
            }
        } catch {
            return ProbeFindings(failure: ProbeFailure(error))
        }
    }

    private func measured(
        _ assignment: ControlAssignment, _ control: ControlClient, _ monitor: RMBTMonitor
    ) async -> ProbeFindings {
        if assignment.wait > 0 {
            logger.info("waiting for a place", metadata: ["seconds": "\(assignment.wait)"])
            try? await Task.sleep(for: .seconds(assignment.wait))
        }
        let configuration: RMBTClient.Configuration
        do {
            configuration = try self.configuration(assignment)
        } catch {
            await control.giveUp(assignment)
            return ProbeFindings(failure: error)
        }
        let begun = Date()
        let measurement = await RMBTClient(configuration, monitor: monitor).run()
        var findings = ProbeFindings(measurement)
        findings.authentication = measurement.serverVersion == nil ? nil : .token
        if access.acceptsAnyCertificate { findings.flags.append("tls-unverified") }
        guard measurement.error == nil else {
            await control.giveUp(assignment)
            return findings
        }
        switch await control.submit(measurement, of: assignment, begunAt: begun) {
        case .accepted: break
        case .refused(let error): note("submission-refused", error, &findings)
        case .failed(let error): note("submission-failed", error, &findings)
        case .unconfirmed(let error): note("submission-unconfirmed", error, &findings)
        }
        return findings
    }

    private func note(_ flag: String, _ error: ControlError, _ findings: inout ProbeFindings) {
        findings.flags.append(flag)
        logger.warning(
            "the result was measured and kept here, but the Control Server did not take it",
            metadata: ["reason": "\(error)"])
    }

    private func configuration(_ assignment: ControlAssignment) throws(ProbeFailure) -> RMBTClient.Configuration {
        var tls: RMBTClient.TLS?
        if assignment.isEncrypted {
            do {
                tls = try RMBTClient.TLS(
                    authorityFile: access.authorityFile, verifies: !access.acceptsAnyCertificate)
            } catch {
                throw ProbeFailure(error)
            }
        }
        let granted = assignment.duration.map { Duration.seconds($0) } ?? recipe.duration
        var configuration = RMBTClient.Configuration(
            host: assignment.serverAddress, port: assignment.serverPort, family: AddressFamily(access.ipVersion),
            tls: tls, transport: RMBTTransport(assignment.serverType), token: assignment.token,
            connections: min(recipe.connections, assignment.connections ?? recipe.connections),
            pretestDuration: recipe.pretestDuration, duration: min(recipe.duration, granted),
            pings: min(recipe.pings, assignment.pings ?? recipe.pings), measuresDownload: recipe.direction != .upload,
            measuresUpload: recipe.direction != .download, chunkSize: recipe.chunkSize)
        configuration.uploadReports = recipe.putTimeResult ? .atEnd : .during
        return configuration
    }
}

extension RMBTTransport {
    init(_ type: ControlAssignment.ServerType) {
        switch type {
        case .classic: self = .classic
        case .http: self = .http
        case .websocket: self = .websocket
        }
    }
}

extension ProbeFailure {
    init(_ error: ControlError) {
        let kind: Kind =
            switch error {
            case .unreachable: .unreachable
            case .tls: .tls
            case .silent: .timeout
            case .refused, .noTest: .refused
            case .longWait, .busy: .busy
            case .malformed, .unreadable: .protocol
            case .local: .internal
            case .stopped: .interrupted
            }
        self.init(kind, error.description)
    }
}
