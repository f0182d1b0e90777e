import Foundation
import NIOCore

/// Addresses of listeners, as logs and errors write them.
enum ListenAddress {
    static func text(_ address: SocketAddress) -> String {
        let host = address.ipAddress ?? "?"
        let port = address.port ?? 0
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

extension CommandFailure {
    /// A listener that did not come about.
    static func bind(_ listeners: [ListenArgument], _ error: any Error) -> CommandFailure {
        let wanted = listeners.map(\.defaultValueDescription).joined(separator: ", ")
        let reason =
            (error as? IOError).map { String(cString: strerror($0.errnoCode)).lowercased() } ?? "\(error)"
        return CommandFailure(.configuration, "cannot listen on \(wanted): \(reason)")
    }

    /// Prints the message and gives the exit code to throw.
    func reported() -> any Error {
        Terminal.note("probe: \(message)")
        return status.code
    }
}
