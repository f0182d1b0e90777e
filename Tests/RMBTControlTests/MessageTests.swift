import Foundation
import Testing

@testable import RMBTControl

@Suite struct MessageTests {
    @Test func `a test's terms are read with numbers as numbers and as strings`() throws {
        for (duration, port) in [(#""7""#, "443"), ("7", #""443""#)] {
            let text = #"{"test_duration":\#(duration),"test_server_port":\#(port),"test_token":"t","error":[]}"#
            let reply = try JSONDecoder().decode(ControlTestReply.self, from: Data(text.utf8))
            #expect(reply.duration == 7)
            #expect(reply.serverPort == 443)
            #expect(reply.token == "t")
        }
    }

    @Test func `durations, threads and pings are written as strings, port and wait as numbers`() throws {
        var reply = ControlTestReply()
        (reply.duration, reply.threads, reply.pings, reply.serverPort, reply.wait) = (7, 3, 10, 443, 0)
        let object = try #require(
            try JSONSerialization.jsonObject(with: JSONEncoder().encode(reply)) as? [String: Any])
        #expect(object["test_duration"] as? String == "7")
        #expect(object["test_numthreads"] as? String == "3")
        #expect(object["test_numpings"] as? String == "10")
        #expect(object["test_server_port"] as? Int == 443)
        #expect(object["test_wait"] as? Int == 0)
        #expect(object["loop_uuid"] is NSNull)
        #expect(object["error"] as? [String] == [])
    }

    @Test func `a submission comes back as it was sent`() throws {
        var submission = ControlSubmission()
        submission.token = "uuid_1_x"
        submission.status = "0"
        submission.speedDownload = 93_000
        submission.pings = [.init(value: 1, serverValue: 2, time: 3)]
        submission.speedDetail = [.init(direction: "download", thread: 0, time: 5, bytes: 4096)]
        let text = try JSONEncoder().encode(submission)
        #expect(try JSONDecoder().decode(ControlSubmission.self, from: text) == submission)
    }

    @Test func `numbers that are none are refused`() {
        for text in [#"{"test_duration":"x"}"#, #"{"test_duration":[]}"#, #"{"test_duration":1e300}"#] {
            #expect(throws: DecodingError.self) {
                try JSONDecoder().decode(ControlTestReply.self, from: Data(text.utf8))
            }
        }
    }
}
