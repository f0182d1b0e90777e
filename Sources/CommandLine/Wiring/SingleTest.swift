import Agent
import FleetModel
import Logging
import Probes
import Secrets
import Serving

/// One test outside any fleet, with its result printed and nothing stored.
struct SingleTest: Sendable {
    /// How much is said on standard error while the test runs.
    enum Talk: Sendable {
        case quiet
        /// A line that moves, on a terminal.
        case progress
        /// A line for each second, and from `debug` on the steps of the handshake.
        case everySecond(logs: Logger.Level)
    }

    /// The name of the one credential of a single test.
    static let credentialName = "command-line"

    let target: Target
    let probe: ProbeSpec
    let credential: Credential?
    let printer: ResultPrinter
    let talk: Talk
    /// A file that gets a line for the test.
    var record: Record?

    struct Record: Sendable {
        let file: RecordFile
        let line: @Sendable (ProbeResult) -> String
    }

    /// Runs the test, prints its result and exits with the code that says how it went.
    func run() async throws {
        if let credential {
            do {
                _ = try await SecretReader().password(of: credential)
            } catch {
                throw CommandFailure(.configuration, error.message).reported()
            }
        }
        // A file that cannot be used is better known before the test than after it.
        do {
            try await record?.file.prepare()
        } catch {
            throw CommandFailure(error).reported()
        }
        let result = await Interruption.cancelling { await measured() }
        // The record comes first: standard output may be closed, full, or read by somebody who does not read.
        var statuses = [ExitStatus(result)]
        if let record {
            do {
                try await record.file.append(record.line(result))
            } catch {
                let failure = CommandFailure(error)
                Terminal.note("probe: \(failure.message)")
                statuses.append(failure.status)
            }
        }
        printer.print([result], unstored: [result.runID])
        ResultPrinter.noteFailures([result])
        if case .quiet = talk {
        } else if let warning = BusyCPUWarning.text(result) {
            Terminal.note("probe: \(warning)")
        }
        let status = ExitStatus.worst(of: statuses)
        if status != .ok { throw status.code }
    }

    private func measured() async -> ProbeResult {
        var logger = Logger(label: "test") { _ in LineLogHandler(format: .auto) }
        if case .everySecond(let level) = talk { logger.logLevel = level }
        let runner = ProbeRunner(
            credentials: credential.map { [Self.credentialName: $0] } ?? [:], client: .thisProgram, logger: logger)
        let request = ProbeRequest(target: target, probe: probe, trigger: .manual)
        let monitor = ProbeMonitor()
        let work = { @Sendable in await runner.run(request, monitor: monitor) }
        return switch talk {
        case .quiet: await work()
        case .progress: await ProgressLine(label: target.name, monitor: monitor).shown(while: work)
        case .everySecond: await SecondLines(monitor: monitor).shown(while: work)
        }
    }
}
