import ArgumentParser
import FleetModel
import Foundation

/// Finds and reads the fleet file.
enum FleetFile {
    /// The places to look at, in order, when no file is named.
    static func places(_ environment: [String: String]) -> [String] {
        let configuration = environment["XDG_CONFIG_HOME"] ?? environment["HOME"].map { $0 + "/.config" }
        return ["fleet.yaml", configuration.map { $0 + "/fleetprobe/fleet.yaml" }, "/etc/fleetprobe/fleet.yaml"]
            .compactMap(\.self)
    }

    /// The file to read.
    ///
    /// - Throws: exit code 78 with a line that names the places when there is none.
    static func locate(_ given: String?) throws -> String {
        let environment = ProcessInfo.processInfo.environment
        if let named = given ?? environment["FLEETPROBE_FLEET"] { return named }
        let places = places(environment)
        if let found = places.first(where: { FileManager.default.fileExists(atPath: $0) }) { return found }
        throw CommandFailure(
            .configuration,
            "there is no fleet file at \(places.joined(separator: ", ")): name one with --fleet, or begin with `probe demo`"
        ).reported()
    }

    /// Reads the fleet, printing its warnings.
    ///
    /// - Parameter checkingSecrets: true for commands that test, which need the secrets: one that is open to others or missing
    ///   is a problem of the file.
    /// - Throws: exit code 78 with all problems printed.
    static func load(_ options: FleetOptions, checkingSecrets: Bool = false) throws -> Fleet {
        let path = try locate(options.fleet)
        do {
            let loaded = try FleetLoader(checkingSecrets: checkingSecrets).load(path: path)
            for warning in loaded.warnings { Terminal.note("warning: \(warning)") }
            return loaded.fleet
        } catch {
            Terminal.note(error.description)
            throw CommandFailure(.configuration, "\(path) cannot be used; `probe check` lists the same problems")
                .reported()
        }
    }
}
