import Foundation

/// The variables of this process. An empty one is an unset one: `FLEETPROBE_FLEET= probe check` is how a shell unsets it for one command.
enum Environment {
    static func value(_ name: String, in variables: [String: String] = ProcessInfo.processInfo.environment) -> String? {
        variables[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}
