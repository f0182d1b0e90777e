import ArgumentParser
import FleetFile
import FleetModel
import Foundation

/// Finds and reads the fleet file.
enum FleetLookup {
    /// The places to look at, in order, when no file is named.
    static func places(_ environment: [String: String]) -> [String] {
        // A relative path there counts for nothing (XDG Base Directory Specification).
        let given = Environment.value("XDG_CONFIG_HOME", in: environment).flatMap { $0.hasPrefix("/") ? $0 : nil }
        let configuration = given ?? Environment.value("HOME", in: environment).map { $0 + "/.config" }
        return ["fleet.yaml", configuration.map { $0 + "/fleetprobe/fleet.yaml" }, "/etc/fleetprobe/fleet.yaml"]
            .compactMap(\.self)
    }

    /// The file to read.
    ///
    /// - Throws: exit code 78 with a line that names the places when there is none.
    static func locate(_ given: String?) throws -> String {
        if let found = find(given) { return found }
        let places = places(ProcessInfo.processInfo.environment)
        throw CommandFailure(
            .configuration,
            "there is no fleet file at \(places.joined(separator: ", ")): name one with --fleet, or start with `probe demo`"
        ).reported()
    }

    /// The file that is named, or else the first that is there; nil where there is none.
    private static func find(_ given: String?) -> String? {
        let environment = ProcessInfo.processInfo.environment
        return given ?? Environment.value("FLEETPROBE_FLEET", in: environment)
            ?? places(environment).first { FileManager.default.fileExists(atPath: $0) }
    }

    /// The fleet, or nil where no file is named or found and the store is: what is in it can be told without one.
    static func loadIfAny(_ options: FleetOptions) throws -> Fleet? {
        options.db != nil && find(options.fleet) == nil ? nil : try load(options)
    }

    /// Reads the fleet, printing its warnings.
    ///
    /// - Throws: exit code 78 with all problems printed.
    static func load(_ options: FleetOptions) throws -> Fleet {
        try load(options, checkingSecrets: false).fleet
    }

    /// The same for commands that test, which need the secrets: one that is open to others or missing is a problem of the file.
    static func loadForTests(_ options: FleetOptions) throws -> LoadedFleet {
        try load(options, checkingSecrets: true)
    }

    private static func load(_ options: FleetOptions, checkingSecrets: Bool) throws -> LoadedFleet {
        let path = try locate(options.fleet)
        do {
            let loaded = try FleetLoader(checkingSecrets: checkingSecrets).load(path: path)
            for warning in loaded.warnings { Terminal.note("warning: \(warning)") }
            return loaded
        } catch {
            Terminal.note(error.description)
            throw CommandFailure(.configuration, "\(path) cannot be used; `probe check` lists the same problems")
                .reported()
        }
    }
}
