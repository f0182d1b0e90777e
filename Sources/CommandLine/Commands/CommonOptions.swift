import ArgumentParser
import Foundation
import Logging

/// `--fleet` and `--db`.
struct FleetOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The fleet file.",
            discussion: """
                Without it: $FLEETPROBE_FLEET, ./fleet.yaml, $XDG_CONFIG_HOME/fleetprobe/fleet.yaml, \
                /etc/fleetprobe/fleet.yaml, whichever comes first.
                """,
            valueName: "file"))
    var fleet: String?

    @Option(help: ArgumentHelp("The database of results. Without it: the fleet file's `store`.", valueName: "file"))
    var db: String?
}

/// `--format` and colours.
struct OutputOptions: ParsableArguments {
    @Option(
        name: .customLong("format"),
        help: ArgumentHelp("table, json, jsonl or csv. Default: table.", valueName: "format"))
    var chosenFormat: OutputFormat?

    var format: OutputFormat { chosenFormat ?? .table }

    @Flag(help: "Print no colours; NO_COLOR or TERM=dumb in the environment does the same.")
    var noColor = false

    /// Colours belong on a terminal and nowhere else.
    var hasColour: Bool {
        !noColor && Terminal.showsColours
    }
}

/// `--log-level` and `--log-format`.
struct LogOptions: ParsableArguments {
    @Option(help: ArgumentHelp("trace, debug, info, notice, warning, error or critical.", valueName: "level"))
    var logLevel: Logger.Level = .info

    @Option(help: ArgumentHelp("auto, logfmt or json; auto is logfmt.", valueName: "format"))
    var logFormat: LogFormat = .auto

    /// A logger that writes to standard error.
    func logger(_ label: String) -> Logger {
        var logger = Logger(label: label) { _ in LineLogHandler(format: logFormat) }
        logger.logLevel = logLevel
        return logger
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}

/// A log level as the only option about logs.
struct LogLevelArgument: ExpressibleByArgument {
    let level: Logger.Level

    init?(argument: String) {
        guard let level = Logger.Level(rawValue: argument) else { return nil }
        self.level = level
    }

    init(_ level: Logger.Level) {
        self.level = level
    }

    var defaultValueDescription: String { level.rawValue }

    func logger(_ label: String) -> Logger {
        var logger = Logger(label: label) { _ in LineLogHandler(format: .auto) }
        logger.logLevel = level
        return logger
    }
}

/// `-q`.
struct QuietOptions: ParsableArguments {
    @Flag(
        name: [.customShort("q"), .long],
        help: "Print nothing at all: the exit code tells. With --format as well, the results alone.")
    var quiet = false

    /// From now on; a command line that is not understood has been told by then.
    func apply(_ output: OutputOptions) {
        if quiet { Terminal.silence(output: output.chosenFormat == nil) }
    }
}
