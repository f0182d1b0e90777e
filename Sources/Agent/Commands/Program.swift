import ArgumentParser
import Foundation

/// The program: runs the command that was asked for, and ends with its exit code.
@main
enum Program {
    static func main() async {
        StandardStreams.prepare()
        do {
            var command = try ProbeCommand.parseAsRoot()
            if var suspending = command as? any AsyncParsableCommand {
                try await suspending.run()
            } else {
                try command.run()
            }
            if Terminal.isOutputLost { throw ExitStatus.configuration.code }
            ProbeCommand.exit()
        } catch {
            ProbeCommand.exit(withError: error)
        }
    }
}
