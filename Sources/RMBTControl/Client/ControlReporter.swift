import AsyncHTTPClient
import Foundation
import Logging
import NIOSSL
import RMBT
import Sockets

/// Tells Control Servers what an RMBT server carried for their tokens, so that invented results are known as such.
public struct ControlReporter: Sendable {
    private static let interval = Duration.milliseconds(200)
    private static let seconds = 5.0

    private let servers: [ControlURL]
    private let authorityFile: String?
    private let served: RMBTServedTests
    private let keys: RMBTTokenKeys
    private let logger: Logger

    /// - Parameters:
    ///   - authorityFile: PEM file with the authorities to trust; nil trusts the system's.
    ///   - keys: those of the RMBT server, which sign reports as they sign tokens.
    public init(
        servers: [ControlURL], authorityFile: String?, served: RMBTServedTests, keys: RMBTTokenKeys, logger: Logger
    ) {
        self.servers = servers
        self.authorityFile = authorityFile
        self.served = served
        self.keys = keys
        self.logger = logger
    }

    /// Reads the authorities once, so that a file that cannot be used is an error at the start.
    public func requireAuthorities() throws {
        _ = try NIOSSLContext(configuration: RMBTClient.TLS.configuration(authorityFile: authorityFile, verifies: true))
    }

    /// Reports until the task is cancelled: tests when they pause or end, or last for long, and that the server is there.
    public func run() async {
        let tls = RMBTClient.TLS.configuration(authorityFile: authorityFile, verifies: true)
        let http = ControlConversation.client(tls: tls)
        var problems: [String: String] = [:]
        var toldAt = Int64.min
        while !Task.isCancelled {
            let now = MonotonicClock.now()
            var reports = served.takeUntold(at: now).flatMap { label, tests in
                stride(from: 0, to: tests.count, by: ControlServedReport.mostTests).map {
                    (label, Array(tests[$0..<min($0 + ControlServedReport.mostTests, tests.count)]))
                }
            }
            if reports.isEmpty, now >= toldAt { reports = [("", [])] }
            for (label, tests) in reports where !Task.isCancelled {
                let signing = tests.isEmpty ? keys.all : keys.texts(ofLabel: label)
                guard let report = ControlServedReport(tests, keys: signing) else { continue }
                await tell(report, tests, http, &problems)
                toldAt = now + ServedTests.heartbeat * 1_000_000_000
            }
            try? await Task.sleep(for: Self.interval)
        }
        try? await http.shutdown()
    }

    private func tell(
        _ report: ControlServedReport, _ tests: [RMBTServedTest], _ http: HTTPClient, _ problems: inout [String: String]
    ) async {
        var mayHelpLater = false
        for server in servers {
            let name = server.description
            do throws(ControlError) {
                let verdict: ControlVerdict = try await ControlConversation(http: http, server: server)
                    .post(report, to: server.address(of: "servedTests"), seconds: Self.seconds)
                guard verdict.error.isEmpty else {
                    throw .noTest(server: name, words: ControlWords.joined(verdict.error))
                }
                if problems.removeValue(forKey: name) != nil {
                    logger.notice("the Control Server takes reports again", metadata: ["server": "\(name)"])
                }
            } catch {
                switch error {
                case .refused, .noTest, .malformed, .unreadable: break
                default: mayHelpLater = true
                }
                guard !Task.isCancelled else { continue }
                let reason = "\(error)"
                if problems[name] != reason {
                    logger.warning("the Control Server did not take a report", metadata: ["reason": "\(reason)"])
                }
                problems[name] = reason
            }
        }
        if mayHelpLater { served.giveBack(tests) }
    }
}
