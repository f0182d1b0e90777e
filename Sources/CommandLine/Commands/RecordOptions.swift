import ArgumentParser
import Btest
import Foundation
import Logging
import Reports
import Serving
import Syslog

/// `--syslog`, `--syslog-format` and `--csv` of the btest server.
struct RecordOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Report logins and tests to this syslog server, over UDP.", valueName: "host:port"),
        transform: SyslogTarget.init(parsing:))
    var syslog: SyslogTarget?

    @Option(help: ArgumentHelp("rfc5424 or rfc3164.", valueName: "format"))
    var syslogFormat: SyslogFormat?

    @Option(help: ArgumentHelp("Append a line for each test to this file, in btest-rs's columns.", valueName: "file"))
    var csv: String?

    func validate() throws {
        if syslogFormat != nil, syslog == nil {
            throw ValidationError("--syslog-format needs --syslog, for example --syslog 192.0.2.1:514.")
        }
    }

    /// - Throws: an exit code, with a line that says what to fix, when a server has no address or a file cannot be used.
    func open(authentication: BtestAuthentication, logger: Logger) async throws -> ServerRecords {
        let file = csv.map { RecordFile(path: $0, header: BtestRecord.header) }
        do {
            try await file?.prepare()
        } catch {
            throw CommandFailure(error).reported()
        }
        var sender: SyslogSender?
        if let syslog {
            do {
                sender = try await SyslogSender.open(
                    host: syslog.host, port: syslog.port, format: syslogFormat ?? .rfc5424,
                    origin: .current(application: "fleetprobe"))
            } catch {
                throw CommandFailure(.configuration, "\(error)").reported()
            }
        }
        return ServerRecords(syslog: sender, csv: file, authentication: authentication, logger: logger)
    }
}

extension SyslogFormat: ExpressibleByArgument {}

/// A syslog server on the command line: `192.0.2.1:514`, `[2001:db8::1]:514`, `log.example.net`.
struct SyslogTarget: Equatable {
    let host: String
    let port: Int

    /// - Throws: a sentence that says what a server looks like.
    init(parsing text: String) throws {
        let isBare = !text.contains(":") || (text.hasPrefix("[") && text.hasSuffix("]"))
        guard let target = ListenArgument(argument: isBare ? text + ":514" : text), target.port > 0,
            !text.hasPrefix(":"), !text.hasPrefix("[]")
        else {
            throw ValidationError("write HOST:PORT with a port of 1 to 65535, for example 192.0.2.1:514.")
        }
        (host, port) = (target.host, target.port)
    }
}
