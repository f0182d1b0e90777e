import ArgumentParser
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

    var destinations: ServerRecords.Destinations {
        .init(
            syslog: syslog.map { .init(host: $0.host, port: $0.port, format: syslogFormat ?? .rfc5424) }, csv: csv)
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
