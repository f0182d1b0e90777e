import FleetFile
import FleetModel
import Foundation
import Logging
import Probes
import Secrets
import UnixSignals

/// A running agent: the schedule, the signals, and the socket through which `probe now` asks for a test.
package struct AgentService: Sendable {
    private let fleetPath: String
    private let fleet: Fleet
    private let credentials: [String: Credential]
    private let store: any RunStore & RunReading
    private let storePath: String
    private let client: ControlledClient
    private let logger: Logger
    private let observers: [any RunObserver]

    /// - Parameters:
    ///   - fleetPath: the file that SIGHUP reads again.
    ///   - storePath: the socket for `probe now` stands beside it.
    ///   - client: who this program is to a Control Server.
    package init(
        fleetPath: String, loaded: LoadedFleet, store: any RunStore & RunReading, storePath: String,
        client: ControlledClient, logger: Logger, observers: [any RunObserver] = []
    ) {
        self.fleetPath = fleetPath
        fleet = loaded.fleet
        credentials = loaded.credentials
        self.store = store
        self.storePath = storePath
        self.client = client
        self.logger = logger
        self.observers = observers
    }

    /// Runs until SIGTERM or SIGINT.
    ///
    /// - Returns: how many results could not be kept; they are written out in the log.
    /// - Throws: ``RunStoreError`` when what the store holds cannot be read at the start.
    package func run() async throws -> Int {
        // Before anything else: a signal that comes early must not kill the process.
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        let runtime = try await AgentRuntime(
            fleet: fleet, credentials: credentials, store: store, client: client, logger: logger, observers: observers)
        note(
            .agentStarted, "agent started with \(fleet.targets.count) targets and \(fleet.jobs.count) jobs", runtime)
        let ended: Result<Int, any Error> = await withDiscardingTaskGroup { group in
            // Only the end of the schedule ends the others: an agent without its socket goes on.
            defer { group.cancelAll() }
            group.addTask { await follow(signals, runtime) }
            group.addTask { await ControlSocket(storePath: storePath, logger: logger).serve(runtime.control) }
            do {
                return .success(
                    try await runtime.run {
                        StoreEvent(date: Date(), kind: .agentStopped, message: "agent stopped")
                    })
            } catch { return .failure(error) }
        }
        let lost = try ended.get()
        logger.info("agent stopped")
        return lost
    }

    private func follow(_ signals: UnixSignalsSequence, _ runtime: AgentRuntime) async {
        var stops = 0
        for await signal in signals {
            if signal == .sighup {
                await reload(runtime)
                continue
            }
            stops += 1
            guard stops == 1 else {
                runtime.recorder.hurry()
                runtime.control.cutOff()
                continue
            }
            logger.notice("stopping: running tests may end; a second signal cuts them short")
            runtime.control.stop()
        }
    }

    private func reload(_ runtime: AgentRuntime) async {
        do {
            let loaded = try FleetLoader(checkingSecrets: true).load(path: fleetPath)
            guard loaded.fleet.storePath == fleet.storePath else {
                logger.error("the fleet file names another store: restart the agent to use it")
                return
            }
            runtime.reload(loaded.fleet, credentials: loaded.credentials)
            note(.fleetLoaded, "fleet file read again: \(loaded.fleet.targets.count.counted("target"))", runtime)
        } catch {
            logger.error("the fleet file has problems; the old one stays in force: \(error)")
            note(
                .fleetRefused,
                "\(error.count.counted("problem")), the first: \(error.problems.first.map { "\($0)" } ?? "")", runtime
            )
        }
    }

    private func note(_ kind: StoreEvent.Kind, _ message: String, _ runtime: AgentRuntime) {
        logger.info("\(message)")
        runtime.recorder.record(StoreEvent(date: Date(), kind: kind, message: message))
    }
}
