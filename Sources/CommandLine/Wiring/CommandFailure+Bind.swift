import Foundation
import NIOCore

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
