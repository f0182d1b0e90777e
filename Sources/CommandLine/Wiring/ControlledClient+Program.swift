import Foundation
import Probes

extension ControlledClient {
    /// This program, with its state directory: $FLEETPROBE_STATE, systemd's $STATE_DIRECTORY, or that of the user
    /// ($XDG_STATE_HOME/fleetprobe, ~/.local/state/fleetprobe).
    static var thisProgram: ControlledClient {
        let environment = ProcessInfo.processInfo.environment
        return ControlledClient(
            stateFolder: stateFolder(environment) ?? NSHomeDirectory() + "/.local/state/fleetprobe",
            softwareVersion: ProgramVersion.text)
    }

    /// - Returns: nil where the environment names none.
    static func stateFolder(_ environment: [String: String]) -> String? {
        func named(_ key: String) -> String? { environment[key].flatMap { $0.hasPrefix("/") ? $0 : nil } }
        // systemd names several with colons between them where a unit has several.
        let service = named("STATE_DIRECTORY")?.split(separator: ":").first.map(String.init)
        return named("FLEETPROBE_STATE") ?? service ?? named("XDG_STATE_HOME").map { $0 + "/fleetprobe" }
    }
}
