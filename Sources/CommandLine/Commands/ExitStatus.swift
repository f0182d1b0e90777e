import ArgumentParser
import FleetModel

/// The exit codes of every command.
enum ExitStatus: Int32, CaseIterable {
    case ok = 0
    case testFailed = 1
    case badData = 65
    case unreachable = 69
    /// Standard output could not be written (EX_IOERR); what was measured is stored.
    case outputFailed = 74
    case busy = 75
    case authentication = 77
    case configuration = 78

    var code: ExitCode { ExitCode(rawValue) }

    /// What one result means for the exit code.
    init(_ result: ProbeResult) {
        self =
            switch result.outcome {
            case .measured: .ok
            case .skipped, .missed: .busy
            case .failed(let failure):
                switch failure.kind {
                case .unreachable: .unreachable
                case .authentication: .authentication
                case .busy, .quota: .busy
                case .refused, .timeout, .protocol, .tls, .interrupted, .internal: .testFailed
                }
            }
    }

    /// The worst of several, in the order in which somebody must act.
    static func worst(of statuses: [ExitStatus]) -> ExitStatus {
        let order: [ExitStatus] = [
            .configuration, .authentication, .unreachable, .busy, .badData, .outputFailed, .testFailed,
        ]
        return order.first { statuses.contains($0) } ?? .ok
    }
}

/// A command that ends with one line on standard error and an exit code.
struct CommandFailure: Error {
    let status: ExitStatus
    let message: String

    init(_ status: ExitStatus, _ message: String) {
        self.status = status
        self.message = message
    }

    /// Prints the message and gives the exit code to throw.
    func reported() -> any Error {
        Terminal.note("probe: \(message)")
        return status.code
    }
}

/// A command that was called wrongly in a way that only the fleet file shows: exit code 64.
struct UsageFailure {
    let message: String

    init(_ message: String) {
        self.message = message
    }

    func reported() -> any Error {
        Terminal.note("probe: \(message)")
        return ExitCode(64)
    }
}
