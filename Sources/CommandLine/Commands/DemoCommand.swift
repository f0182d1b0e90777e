import ArgumentParser
import FleetModel
import Foundation

/// `probe demo`: the whole of fleetprobe on this machine.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Run servers, the agent, the store and a report on this machine, in about a minute.",
        discussion: """
            Everything happens on loopback addresses and in one folder. It leaves a fleet file to edit, the database, the report, and \
            a script that starts the demo's servers again.
            """)

    @Option(help: ArgumentHelp("Folder for everything that the demo makes.", valueName: "dir"))
    var out = "demo"

    @Option(help: "How long the agent runs, 5s to 1h.")
    var duration = DurationArgument(.seconds(62))

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard duration.value >= .seconds(5), duration.value <= .seconds(3600) else {
            throw ValidationError("--duration takes 5s to 1h.")
        }
    }

    func run() async throws {
        let folder = URL(fileURLWithPath: out).path
        do {
            try await Demo(folder: folder, duration: duration.value, hasColour: output.hasColour).run()
        } catch let failure as CommandFailure {
            throw failure.reported()
        }
    }
}
