import ArgumentParser
import Foundation
import Logging
import RMBT
import RMBTControl

/// To which Control Servers an RMBT server tells what it carried for their tokens.
struct ReportToOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Tell this Control Server what each of its tokens carried, signed with the token key, so that it can confirm results "
                + "(repeatable).",
            valueName: "url"))
    var reportTo: [String] = []

    @Option(
        help: ArgumentHelp(
            "PEM file with the authorities to trust for --report-to instead of the system's.", valueName: "file"))
    var reportCaFile: String?

    func validate() throws {
        for url in reportTo where ControlURL(url) == nil {
            throw ValidationError(
                "--report-to takes the address of a Control Server, such as https://control.example.net; found \(url.debugDescription)."
            )
        }
        guard reportCaFile == nil || !reportTo.isEmpty else {
            throw ValidationError("--report-ca-file is for --report-to.")
        }
    }

    /// - Returns: nil where nobody is told.
    /// - Throws: for authorities that cannot be read.
    func reporter(_ served: RMBTServedTests, _ keys: RMBTTokenKeys, _ logger: Logger) throws -> ControlReporter? {
        guard !reportTo.isEmpty else { return nil }
        let reporter = ControlReporter(
            servers: reportTo.compactMap { ControlURL($0) },
            authorityFile: reportCaFile.map { URL(fileURLWithPath: $0).path }, served: served, keys: keys,
            logger: logger)
        do {
            try reporter.requireAuthorities()
        } catch {
            throw CommandFailure(
                .configuration, "the authorities in \(reportCaFile ?? "the system's store") cannot be read"
            ).reported()
        }
        return reporter
    }
}
