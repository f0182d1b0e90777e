import FleetModel
import Foundation
import Logging
import Secrets
import Sockets

/// Runs one probe and says what became of it. The agent, `probe now`, the demo and the end-to-end tests all use this one.
public struct ProbeRunner: Sendable {
    private let credentials: [String: Credential]
    private let secrets: SecretReader
    private let client: ControlledClient
    private let lookup: AddressLookup
    private let logger: Logger

    /// - Parameters:
    ///   - credentials: the fleet's, by name.
    ///   - client: who this program is to a Control Server.
    ///   - lookup: finds the addresses of a name. Of several the first that answers is measured, by every probe.
    ///   - logger: is told the steps of a test at `debug`, without secrets.
    public init(
        credentials: [String: Credential], secrets: SecretReader = SecretReader(),
        client: ControlledClient = ControlledClient(), lookup: AddressLookup = .system,
        logger: Logger = Logger(label: "probe") { _ in SwiftLogNoOpLogHandler() }
    ) {
        self.credentials = credentials
        self.secrets = secrets
        self.client = client
        self.lookup = lookup
        self.logger = logger
    }

    /// Runs the probe, bounded in time. A failure is a value; so is a cancelled task, which ends the probe at once as
    /// `interrupted` with what it had measured.
    public func run(_ request: ProbeRequest, monitor: ProbeMonitor = ProbeMonitor()) async -> ProbeResult {
        let startedAt = Date()
        let began = MonotonicClock.now()
        let watch = FreezeWatch.shared.begin()
        var findings = await findings(of: request, monitor)
        if let frozen = await watch.end() { findings.stoodStill(for: frozen) }
        let cap = RateCap(request.probe.recipe)
        findings.download?.cap = cap
        findings.upload?.cap = cap
        let duration = Duration.nanoseconds(MonotonicClock.now() - began)
        var result = ProbeResult(
            runID: request.runID, target: request.target.name, probe: request.probe.name, kind: request.probe.kind,
            trigger: request.trigger, jobID: request.jobID, slot: request.slot, scheduledAt: request.scheduledAt,
            startedAt: startedAt, duration: duration, outcome: findings.failure.map { .failed($0) } ?? .measured,
            download: findings.download, upload: findings.upload, latency: findings.latency,
            latencyUnderLoad: findings.latencyUnderLoad, cpu: findings.cpu, authentication: findings.authentication,
            flags: findings.flags)
        result.downloadCapacity = findings.downloadCapacity
        result.uploadCapacity = findings.uploadCapacity
        return result
    }

    /// The probe's work against its longest time. Every wait inside a probe has its own deadline; this one is for all of them.
    private func findings(of request: ProbeRequest, _ monitor: ProbeMonitor) async -> ProbeFindings {
        let limit = longestDuration(of: request)
        return await withTaskGroup(of: ProbeFindings?.self) { group in
            group.addTask { await perform(request, monitor) }
            group.addTask {
                try? await Task.sleep(for: limit)
                return nil
            }
            var isTimedOut = false
            for await findings in group {
                if var findings {
                    group.cancelAll()
                    if isTimedOut, findings.failure?.kind == .interrupted {
                        findings.failure = ProbeFailure(
                            .timeout, "The test did not end within \(DurationText.format(limit)) and was stopped.")
                    }
                    return findings
                }
                isTimedOut = !Task.isCancelled
                group.cancelAll()
            }
            return ProbeFindings(failure: ProbeFailure(.interrupted, "The test was stopped."))
        }
    }

    private func longestDuration(of request: ProbeRequest) -> Duration {
        let test = request.probe.recipe.longestDuration
        guard case .rmbt = request.probe.recipe, case .server(let server) = request.target.system,
            case .control = server.access
        else { return test }
        return test + ControlledRMBTProbe.longestBeside
    }

    private func perform(_ request: ProbeRequest, _ monitor: ProbeMonitor) async -> ProbeFindings {
        switch (request.probe.recipe, request.target.system) {
        case (.btest(let recipe), .router(let router)):
            return await BtestProbe(
                router: router, recipe: recipe, credentials: credentials, secrets: secrets, lookup: lookup,
                logger: logger
            )
            .run(monitor.btest)
        case (.rmbt(let recipe), .server(let server)):
            switch server.access {
            case .direct(let direct):
                return await RMBTProbe(direct: direct, recipe: recipe, lookup: lookup).run(monitor.rmbt)
            case .control(let access):
                return await ControlledRMBTProbe(access: access, recipe: recipe, client: client, logger: logger)
                    .run(monitor.rmbt)
            }
        case (.latency(let recipe), .router(let router)):
            return await latency(address: router.address, port: router.port, recipe)
        case (.latency(let recipe), .server(let server)):
            guard case .direct(let direct) = server.access else {
                return ProbeFindings(
                    failure: ProbeFailure(.internal, "A target behind a Control Server has no address to ping."))
            }
            do throws(ProbeFailure) {
                let key = recipe.method == .rmbtUDP ? try RMBTProbe.tokenKey(in: direct.tokenKeyFile) : nil
                return await latency(address: direct.address, port: direct.port, pingKey: key, recipe)
            } catch {
                return ProbeFindings(failure: error)
            }
        case (.btest, .server), (.rmbt, .router):
            return ProbeFindings(
                failure: ProbeFailure(
                    .internal, "The probe \(request.probe.name) does not fit the target \(request.target.name)."))
        }
    }

    private func latency(
        address: String, port: Int, pingKey: String? = nil, _ recipe: ProbeRecipe.Latency
    ) async -> ProbeFindings {
        var findings = ProbeFindings()
        do {
            switch try await LatencyProbe(lookup: lookup).run(
                address: address, port: port, pingKey: pingKey, recipe: recipe)
            {
            case .success(let summary): findings.latency = summary
            case .failure(let failure):
                findings.failure = failure.failure
                findings.latency = failure.unanswered
            }
        } catch {
            findings.failure = ProbeFailure(.interrupted, "The test was stopped.")
        }
        return findings
    }
}
