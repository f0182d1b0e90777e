import Btest
import Foundation
import Syslog
import Testing

@testable import Serving

@Suite struct BtestEventWordsTests {
    private let time = Date(timeIntervalSince1970: 1_772_424_306)

    private func test(_ user: String? = "admin", _ direction: BtestCommand.Direction = .both) -> BtestServedTest {
        BtestServedTest(
            number: 7, startedAt: time - 10, peer: "192.0.2.7", peerPort: 50123, userName: user, transport: .tcp,
            direction: direction,
            connections: 4)
    }

    private let result = BtestServedTestResult(
        reason: .clientLeft, seconds: 10.02, bytesReceived: 12_525_000, bytesSent: 125_250_000, connections: 4,
        cpuRatio: 0.5)

    private func words(_ event: BtestServerEvent, _ method: BtestAuthentication = .ecSRP5) -> BtestEventWords {
        BtestEventWords(event: event, time: time, authentication: method)
    }

    private func lines(_ event: BtestServerEvent, _ method: BtestAuthentication = .ecSRP5) -> [String] {
        words(event, method).messages.map {
            String(
                decoding: SyslogFormat.rfc3164.encode(
                    $0, from: SyslogOrigin(host: "h", application: "a", processID: 1)), as: UTF8.self)
        }
    }

    @Test func `a test is a login, a start and an end with btest-rs's names`() {
        #expect(
            lines(.testStarted(test())) == [
                "<30>Mar  2 04:05:06 h a[1]: AUTH_SUCCESS peer=192.0.2.7:50123 user=admin type=ecsrp5",
                "<30>Mar  2 04:05:06 h a[1]: TEST_START peer=192.0.2.7:50123 proto=TCP dir=BOTH connections=4",
            ])
        #expect(
            lines(.testEnded(test(), result)) == [
                "<30>Mar  2 04:05:06 h a[1]: TEST_END peer=192.0.2.7:50123 proto=TCP dir=BOTH duration=10.02s "
                    + "tx_avg=100.00Mbps rx_avg=10.00Mbps tx_bytes=125250000 rx_bytes=12525000 lost=0 "
                    + "reason=\"the client ended it\""
            ])
    }

    @Test func `a client that stays for a last status lowers no average`() throws {
        var stayed = result
        stayed.bytesReceived = 10_000_000
        stayed.secondsReceiving = 8
        #expect(
            lines(.testEnded(test(), stayed)).first?.contains("duration=10.02s tx_avg=100.00Mbps rx_avg=10.00Mbps")
                == true)
        let upload = try #require(words(.testEnded(test("u", .upload), stayed)).record)
        #expect(upload.seconds == 8)
        #expect(upload.received?.bitsPerSecond == 10e6)
        let both = try #require(words(.testEnded(test(), stayed)).record)
        #expect(both.seconds == 10.02)
        #expect(both.received?.bitsPerSecond == 10e6)
        #expect(both.transmitted?.bitsPerSecond == 100e6)
    }

    @Test func `time in which connections were missing lowers no average of what is sent only then`() throws {
        var late = result
        late.seconds = 15.02
        late.secondsReceiving = 15
        late.secondsSending = 10.02
        late.bytesReceived = 15_000_000
        let both = try #require(words(.testEnded(test(), late)).record)
        #expect(both.seconds == 10.02)
        #expect(both.transmitted?.bitsPerSecond == 100e6)
        #expect(both.received?.bitsPerSecond == 8e6)
        #expect(
            lines(.testEnded(test(), late)).first?.contains("duration=15.02s tx_avg=100.00Mbps rx_avg=8.00Mbps") == true
        )
    }

    @Test func `who logs in nowhere has no name and no method`() {
        #expect(
            lines(.testStarted(test(nil))).first?.hasSuffix("AUTH_SUCCESS peer=192.0.2.7:50123 user=- type=none")
                == true)
    }

    @Test func `the direction is the server's, as btest-rs has it`() {
        #expect(lines(.testStarted(test("u", .upload))).last?.contains(" dir=RX ") == true)
        #expect(lines(.testStarted(test("u", .download))).last?.contains(" dir=TX ") == true)
    }

    @Test func `a failed login is a warning with the name that was tried, however it is told`() {
        let line = #"<28>Mar  2 04:05:06 h a[1]: AUTH_FAILURE peer=192.0.2.7 user="a b" type=md5 reason="no such user""#
        #expect(lines(.loginFailed(peer: "192.0.2.7", userName: "a b", failure: .unknownUser), .md5) == [line])
        let refusal = BtestRefusal.login(userName: "a b", .unknownUser)
        #expect(lines(.refused(peer: "192.0.2.7", userName: nil, refusal: refusal), .md5) == [line])
    }

    @Test func `what btest-rs does not tell has names of its own`() {
        #expect(
            lines(.refused(peer: "192.0.2.7", userName: nil, refusal: .tooManySessions(limit: 3))) == [
                #"<29>Mar  2 04:05:06 h a[1]: TEST_REFUSED peer=192.0.2.7 user=- reason="all 3 sessions are in use""#
            ])
        #expect(
            lines(.connectionDropped(source: "192.0.2.0/24", reason: "too many", untold: 9)) == [
                #"<28>Mar  2 04:05:06 h a[1]: CONNECTION_DROPPED peer=192.0.2.0/24 reason="too many" untold=9"#
            ])
    }

    @Test func `only a test that ended has a line in the file`() {
        #expect(words(.testStarted(test())).record == nil)
        #expect(
            words(.testEnded(test(), result)).record?.line
                == "1772424306,192.0.2.7,50123,TCP,BOTH,10.02,100.00,10.00,125250000,12525000,0,50,,ecsrp5")
        let download = words(.testEnded(test(nil, .download), result)).record?.line
        #expect(download == "1772424306,192.0.2.7,50123,TCP,TX,10.02,100.00,0.00,125250000,0,0,50,,none")
    }

    @Test func `a test without time has no rate, and no figure of a peer traps`() {
        var nothing = result
        nothing.seconds = 0
        #expect(words(.testEnded(test(), nothing)).record?.line.contains(",0,,,125250000,") == true)
        nothing.seconds = .nan
        nothing.bytesSent = .max
        #expect(lines(.testEnded(test(), nothing)).count == 1)
    }
}
