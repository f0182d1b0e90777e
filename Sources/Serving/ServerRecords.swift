import Btest
import Foundation
import Logging
import Reports
import Syslog

/// What a btest server leaves behind: lines to a syslog server and in a CSV file.
///
/// Events come from any thread and are put in a line here; one task takes them from there, so that no test waits for a
/// disk.
package struct ServerRecords: Sendable {
    private let syslog: SyslogSender?
    private let csv: RecordFile?
    private let authentication: BtestAuthentication
    private let logger: Logger
    private let events: AsyncStream<(Date, BtestServerEvent)>
    private let incoming: AsyncStream<(Date, BtestServerEvent)>.Continuation

    /// More than a server of a hundred sessions has to tell while a disk sleeps.
    private static let mostWaiting = 4096

    /// - Parameter authentication: what the server asks of those who log in.
    init(syslog: SyslogSender?, csv: RecordFile?, authentication: BtestAuthentication, logger: Logger) {
        self.syslog = syslog
        self.csv = csv
        self.authentication = authentication
        self.logger = logger
        (events, incoming) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(Self.mostWaiting))
    }

    /// Where a server's records go.
    package struct Destinations: Sendable {
        /// A syslog server, over UDP.
        package struct Syslog: Sendable {
            let host: String
            let port: Int
            let format: SyslogFormat

            package init(host: String, port: Int, format: SyslogFormat) {
                self.host = host
                self.port = port
                self.format = format
            }
        }

        let syslog: Syslog?
        /// The path of a file that gets a line for each test.
        let csv: String?

        package init(syslog: Syslog? = nil, csv: String? = nil) {
            self.syslog = syslog
            self.csv = csv
        }
    }

    /// - Throws: when a syslog server has no address or a file cannot be used.
    static func open(
        _ destinations: Destinations, authentication: BtestAuthentication, logger: Logger
    ) async throws(ServingError) -> ServerRecords {
        let file = destinations.csv.map { RecordFile(path: $0, header: BtestRecord.header) }
        do {
            try await file?.prepare()
        } catch {
            throw .records(error)
        }
        var sender: SyslogSender?
        if let syslog = destinations.syslog {
            do {
                sender = try await SyslogSender.open(
                    host: syslog.host, port: syslog.port, format: syslog.format,
                    origin: .current(application: "fleetprobe"))
            } catch {
                throw .unusable("\(error)")
            }
        }
        return ServerRecords(syslog: sender, csv: file, authentication: authentication, logger: logger)
    }

    /// Takes an event, on whatever thread it happens, and never waits.
    func take(_ event: BtestServerEvent) {
        incoming.yield((Date(), event))
    }

    /// No further event comes: ``run()`` ends once all are written.
    func finish() {
        incoming.finish()
    }

    /// Writes the events until ``finish()``, also while the task is being cancelled: what happened at the end is written
    /// too.
    func run() async {
        // A stream ends at once for a task that is cancelled.
        await Task { await write() }.value
    }

    private func write() async {
        var isFailing = false
        for await (time, event) in events {
            let words = BtestEventWords(event: event, time: time, authentication: authentication)
            if let syslog {
                for message in words.messages { syslog.send(message) }
            }
            guard let csv, let record = words.record else { continue }
            do {
                try await csv.append(record.line)
                isFailing = false
            } catch {
                // Said once: a full disk fails every line.
                if !isFailing { logger.error("\(error)") }
                isFailing = true
            }
        }
        if let syslog, syslog.dropped > 0 {
            logger.warning(
                "syslog messages were dropped",
                metadata: ["server": "\(syslog.server)", "dropped": .stringConvertible(syslog.dropped)])
        }
    }
}
