import Btest
import FleetModel
import Foundation
import Reports
import ServerLimits
import Syslog

/// What a server's event is called in its records.
///
/// The names, their order of facts and the words in them are btest-rs's, where it has such an event: `TX` is what the
/// server sends. `CONNECTION_DROPPED` and `TEST_REFUSED`, and the reason of a `TEST_END`, are additions.
struct BtestEventWords {
    let event: BtestServerEvent
    let time: Date
    /// What the server asks of those who log in.
    let authentication: BtestAuthentication

    /// The messages for a syslog server.
    var messages: [SyslogMessage] {
        switch event {
        case .connectionDropped(let source, let reason, let untold):
            [
                message(
                    .warning, "CONNECTION_DROPPED",
                    [("peer", source), ("reason", reason), ("untold", "\(untold)")])
            ]
        case .loginFailed(let peer, let userName, let failure):
            [failedLogin(peer, userName, failure)]
        case .refused(let peer, _, .login(let userName, let failure)):
            [failedLogin(peer, userName, failure)]
        case .refused(let peer, let userName, let refusal):
            [
                message(
                    .notice, "TEST_REFUSED",
                    [("peer", peer), ("user", userName ?? "-"), ("reason", "\(refusal)")])
            ]
        case .testStarted(let test):
            [
                message(
                    .informational, "AUTH_SUCCESS",
                    [("peer", Self.peer(of: test)), ("user", test.userName ?? "-"), ("type", type(of: test))]),
                message(
                    .informational, "TEST_START",
                    Self.facts(of: test) + [("connections", "\(test.connections)")]),
            ]
        case .testEnded(let test, let result):
            [message(.informational, "TEST_END", Self.facts(of: test) + Self.facts(of: result))]
        }
    }

    /// The line of a test that ended.
    var record: BtestRecord? {
        guard case .testEnded(let test, let result) = event else { return nil }
        let receiving = result.secondsReceiving ?? result.seconds
        let sending = result.secondsSending ?? result.seconds
        let direction = { (bytes: Int64, seconds: Double) in
            BtestRecord.Direction(bitsPerSecond: Self.rate(bytes, seconds), bytes: bytes)
        }
        return BtestRecord(
            time: time, host: test.peer, port: test.peerPort, isUDP: test.transport == .udp,
            direction: Self.word(test.direction),
            seconds: test.direction.includesDownload ? sending : receiving,
            transmitted: test.direction.includesDownload ? direction(result.bytesSent, sending) : nil,
            received: test.direction.includesUpload ? direction(result.bytesReceived, receiving) : nil,
            lostPackets: result.lostPackets, localCPU: result.cpuRatio,
            authentication: AuthenticationMethod(rawValue: method(of: test).rawValue))
    }

    private func failedLogin(_ peer: String, _ userName: String, _ failure: BtestLoginFailure) -> SyslogMessage {
        message(
            .warning, "AUTH_FAILURE",
            [
                ("peer", peer), ("user", userName), ("type", Self.word(authentication)), ("reason", "\(failure)"),
            ])
    }

    private func message(
        _ severity: SyslogMessage.Severity, _ name: String, _ fields: [(key: String, value: String)]
    ) -> SyslogMessage {
        SyslogMessage(time: time, severity: severity, event: name, fields: fields.map { .init($0.key, $0.value) })
    }

    private func method(of test: BtestServedTest) -> BtestAuthentication {
        test.userName == nil ? .none : authentication
    }

    private func type(of test: BtestServedTest) -> String { Self.word(method(of: test)) }

    private static func peer(of test: BtestServedTest) -> String {
        ListenAddress.text(host: test.peer, port: test.peerPort)
    }

    private static func facts(of test: BtestServedTest) -> [(key: String, value: String)] {
        [("peer", peer(of: test)), ("proto", test.transport == .udp ? "UDP" : "TCP"), ("dir", word(test.direction))]
    }

    private static func facts(of result: BtestServedTestResult) -> [(key: String, value: String)] {
        let receiving = result.secondsReceiving ?? result.seconds
        let sending = result.secondsSending ?? result.seconds
        let megabits = { (bytes: Int64, seconds: Double) in
            String(format: "%.2fMbps", (rate(bytes, seconds) ?? 0) / 1e6)
        }
        var facts: [(key: String, value: String)] = [
            ("duration", String(format: "%.2fs", result.seconds)),
            ("tx_avg", megabits(result.bytesSent, sending)),
            ("rx_avg", megabits(result.bytesReceived, receiving)), ("tx_bytes", "\(result.bytesSent)"),
            ("rx_bytes", "\(result.bytesReceived)"), ("lost", "\(result.lostPackets ?? 0)"),
        ]
        facts.append(("reason", "\(result.reason)"))
        return facts
    }

    /// bit/s; nil where no time passed.
    private static func rate(_ bytes: Int64, _ seconds: Double) -> Double? {
        seconds > 0 && seconds.isFinite ? Double(bytes) * 8 / seconds : nil
    }

    private static func word(_ direction: BtestCommand.Direction) -> String {
        direction.includesDownload && direction.includesUpload ? "BOTH" : direction.includesDownload ? "TX" : "RX"
    }

    private static func word(_ method: BtestAuthentication) -> String {
        method == .ecSRP5 ? "ecsrp5" : method.rawValue
    }
}
