import FleetModel
import Probes

/// One test outside any fleet, with its result printed and nothing stored.
struct SingleTest: Sendable {
    /// The name of the one credential of a single test.
    static let credentialName = "command-line"

    let target: Target
    let probe: ProbeSpec
    let credential: Credential?
    let printer: ResultPrinter
    let isQuiet: Bool

    /// Runs the test, prints its result and exits with the code that says how it went.
    func run() async throws {
        if let credential {
            do {
                _ = try await SecretReader().password(of: credential)
            } catch {
                throw CommandFailure(.configuration, error.message).reported()
            }
        }
        let runner = ProbeRunner(credentials: credential.map { [Self.credentialName: $0] } ?? [:])
        let request = ProbeRequest(target: target, probe: probe, trigger: .manual)
        let monitor = ProbeMonitor()
        let line = ProgressLine(label: target.name, monitor: monitor)
        let result = await Interruption.cancelling {
            isQuiet
                ? await runner.run(request, monitor: monitor)
                : await line.shown { await runner.run(request, monitor: monitor) }
        }
        printer.print([result])
        ResultPrinter.noteFailures([result])
        let status = ExitStatus(result)
        if status != .ok { throw status.code }
    }
}
