import FleetModel
import Foundation
import RMBT
import Secrets

/// The token keys of a running RMBT server, and the file that they are from.
struct ServedTokenKeys: Sendable {
    let keys: RMBTTokenKeys
    private let path: String

    /// - Throws: for a file that cannot be used.
    init(file: String) throws(SecretError) {
        path = URL(fileURLWithPath: file).path
        keys = RMBTTokenKeys(try Self.read(path))
    }

    /// For SIGHUP.
    var reload: HangupReload.Part {
        HangupReload.Part(name: "the token keys") { [keys, path] in keys.replace(with: try Self.read(path)) }
    }

    private static func read(_ path: String) throws(SecretError) -> [RMBTTokenVerifier.Key] {
        try TokenKeyFile(path: path).keys.map { key, label in
            key.revealed { RMBTTokenVerifier.Key($0, label: label) }
        }
    }
}
