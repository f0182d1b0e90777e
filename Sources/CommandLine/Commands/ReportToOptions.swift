import ArgumentParser
import Foundation
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

    var servers: [ControlURL] { reportTo.compactMap { ControlURL($0) } }

    var authorityFile: String? { reportCaFile.map { URL(fileURLWithPath: $0).path } }
}
