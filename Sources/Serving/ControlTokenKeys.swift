import FleetModel
import Foundation
import RMBTControl
import Secrets

/// The files from which a Control Server takes the token keys of its RMBT servers, when it starts and at each SIGHUP.
package struct ControlTokenKeys: Sendable {
    /// A server, and its file; nil where it has none.
    private let servers: [(server: ControlledServer, path: String?)]

    package init(_ servers: [(server: ControlledServer, path: String?)]) {
        self.servers = servers
    }

    /// For SIGHUP; the keys of all servers are replaced, or of none.
    var reload: HangupReload.Part? {
        guard servers.contains(where: { $0.path != nil }) else { return nil }
        return HangupReload.Part(name: "the token keys") { [servers] in
            let fresh = try servers.map { ($0.server, try $0.path.map(Self.keys)) }
            for (server, keys) in fresh { if let keys { server.replaceTokenKeys(with: keys) } }
        }
    }

    package static func keys(_ path: String) throws(SecretError) -> [String] {
        try TokenKeyFile(path: URL(fileURLWithPath: path).path).keys.map { $0.key.revealed { $0 } }
    }
}
