import ArgumentParser
import FleetFile
import FleetModel
import Foundation
import RMBTControl
import Serving

/// `--rmbt`, `--servers` and what holds for all the servers of a Control Server.
struct ControlServerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "An RMBT server as clients reach it (repeatable); options are tls, no-tls, type=… and max-tests=N.",
            valueName: "name=host:port[,option…]"),
        transform: ControlServerOptions.entry)
    var rmbt: [ControlServerEntry] = []

    @Option(help: ArgumentHelp("YAML file with a list of RMBT servers.", valueName: "file"))
    var servers: String?

    @Option(help: ArgumentHelp("File with the token keys, readable by its owner alone.", valueName: "file"))
    var tokenKeyFile: String?

    @Option(
        help: ArgumentHelp(
            "Which server a client gets: name (the one it names, else the first with room), load or round-robin.",
            valueName: "way"))
    var select = ServerSelection.roundRobin

    @Option(help: ArgumentHelp("Tests at once on each server that does not say another number.", valueName: "n"))
    var maxTests = 10

    func validate() throws {
        guard !rmbt.isEmpty || servers != nil else {
            throw ValidationError(
                "Name at least one RMBT server: --rmbt own=192.0.2.1:443, for example, or --servers FILE.")
        }
        guard rmbt.isEmpty || servers == nil else {
            throw ValidationError("--rmbt and --servers cannot be used together: write all servers into the file.")
        }
        guard rmbt.isEmpty || tokenKeyFile != nil else {
            throw ValidationError("--rmbt needs --token-key-file: the servers take tests with a signed token alone.")
        }
        var names: Set<String> = []
        for entry in rmbt where !names.insert(entry.name).inserted {
            throw ValidationError("Two servers are called \(entry.name): rename one of them.")
        }
        guard ControlServerEntry.testCounts.contains(maxTests) else {
            throw ValidationError("--max-tests takes 1 to 10000, found \(maxTests); write --max-tests 10, for example.")
        }
    }

    /// The servers with their keys, and where the keys are from.
    ///
    /// - Throws: exit code 78 with every problem of the file, or of the key file.
    func read() throws -> (servers: [ControlledServer], keys: ControlTokenKeys) {
        let common = try tokenKeyFile.map(keys)
        var entries = rmbt
        if let servers {
            do {
                entries = try ControlServersLoader(hasCommonKeys: common != nil).load(path: servers)
            } catch {
                Terminal.note(error.description)
                throw CommandFailure(.configuration, "\(servers) cannot be used").reported()
            }
        }
        let found = try entries.map { entry in
            let server = ControlledServer(
                name: entry.name, host: entry.address, port: entry.port, kind: entry.kind.server, hasTLS: entry.tls,
                maxTests: entry.maxTests ?? maxTests, tokenKeys: try entry.tokenKeyFile.map(keys) ?? common ?? [])
            return (server: server, path: entry.tokenKeyFile ?? tokenKeyFile)
        }
        return (found.map(\.server), ControlTokenKeys(found))
    }

    private func keys(_ path: String) throws -> [String] {
        do {
            return try ControlTokenKeys.keys(path)
        } catch {
            throw CommandFailure(.configuration, error.message).reported()
        }
    }

    private static func entry(_ text: String) throws -> ControlServerEntry {
        do {
            return try ControlServerEntry(parsing: text)
        } catch {
            throw ValidationError("\(error)")
        }
    }
}

extension ServerSelection: ExpressibleByArgument {}

extension ControlServerEntry.Kind {
    /// nil is found out.
    fileprivate var server: ControlledServer.Kind? {
        switch self {
        case .automatic: nil
        case .classic: .classic
        case .http, .webSocket: .http
        }
    }
}
