import Agent
import ArgumentParser
import FleetModel
import Foundation
import Sockets

/// `probe agent`: the schedule, until it is stopped.
struct AgentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent",
        abstract: "Run the schedule of a fleet file until stopped.",
        discussion: """
            SIGTERM or SIGINT lets running tests end (30 s at most) and stops. SIGHUP reads the fleet file again; a file with \
            problems changes nothing. One agent runs on one database.
            """)

    @OptionGroup var options: FleetOptions
    @OptionGroup var logs: LogOptions

    func run() async throws {
        DescriptorLimit.raise()
        let logger = logs.logger("agent")
        let path = try FleetLookup.locate(options.fleet)
        let loaded = try FleetLookup.loadForTests(options)
        let storePath = options.db ?? loaded.fleet.storePath
        do {
            let store = try OpenStore.forAgent(storePath)
            let lost = try await AgentService(
                fleetPath: path, loaded: loaded, store: store, storePath: storePath, client: .thisProgram,
                logger: logger
            ).run()
            guard lost == 0 else {
                throw CommandFailure(
                    .busy,
                    "\(lost == 1 ? "one result" : "\(lost) results") could not be kept before the end; what was measured stands in the log"
                )
            }
            try store.close()
        } catch let failure as CommandFailure {
            throw failure.reported()
        } catch let error as any RunStoreError {
            throw OpenStore.failure(error).reported()
        }
    }
}
