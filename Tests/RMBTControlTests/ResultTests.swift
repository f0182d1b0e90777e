import Foundation
import RMBT
import Testing

@testable import RMBTControl

@Suite struct ResultTests {
    @Test func `a result is stored with the rate of its tuples, its pings and its server`() async throws {
        let bench = await ControlBench()
        let answer = try await bench.submit()
        #expect(answer.status == 200)
        #expect(try answer.errors() == [])
        let stored = try #require(bench.results.all.first)
        #expect(stored.download?.bitsPerSecond == 80e6)
        #expect(stored.download?.bytes == 20_000_000)
        #expect(stored.download?.connections == 2)
        #expect(stored.upload?.bitsPerSecond == 40e6)
        #expect(stored.pings == [1_000_000, 3_000_000, 2_000_000])
        #expect(stored.client == UUID(uuidString: ControlBench.client))
        #expect((stored.server, stored.clientName) == ("own", "RMBT"))
        #expect(!stored.rateDiffers && !stored.wasInterrupted)
        #expect(stored.startedAt == Date(timeIntervalSince1970: 1_700_000_000))
    }

    @Test func `the tuples' rate counts where the client says another, and the result says so`() async throws {
        let bench = await ControlBench()
        #expect(try await bench.submit(["test_speed_download": 95_000]).status == 200)
        #expect(bench.results.all.first?.download?.bitsPerSecond == 80e6)
        #expect(bench.results.all.first?.rateDiffers == true)
    }

    @Test func `without tuples the stated speed counts`() async throws {
        let bench = await ControlBench()
        #expect(try await bench.submit(["speed_detail": nil, "test_speed_download": 81_000]).status == 200)
        #expect(bench.results.all.first?.download?.bitsPerSecond == 81e6)
        #expect(bench.results.all.first?.download?.nanoseconds == 2_000_000_000)
        #expect(bench.results.all.first?.rateDiffers == false)
    }

    @Test func `a second submission is refused, also after a restart`() async throws {
        let bench = await ControlBench()
        let message = try ControlBench.submission(try await bench.finished())
        #expect(try await bench.post("result", message).status == 200)
        let again = try await bench.post("result", message)
        #expect(again.status == 400)
        #expect(try again.errors() == ["The test has a result already: one submission is taken."])
        let restarted = await ControlBench(results: bench.results, clock: bench.clock)
        #expect(try await restarted.post("result", message).status == 400)
        #expect(bench.results.all.count == 1)
    }

    @Test func `a test that was permitted before a restart can be submitted after it`() async throws {
        let bench = await ControlBench()
        let message = try ControlBench.submission(try await bench.finished())
        let restarted = await ControlBench(results: bench.results, clock: bench.clock)
        #expect(try await restarted.post("result", message).status == 200)
        #expect(bench.results.all.first?.client == UUID(uuidString: ControlBench.client))
    }

    @Test func `forged, missing and strange tokens are refused and nothing is stored`() async throws {
        let bench = await ControlBench()
        let terms = try await bench.finished()
        let token = try #require(terms["test_token"] as? String)
        let test = try #require(UUID(uuidString: String(token.prefix(36))))
        let foreign = RMBTToken(uuid: test, startTime: 1_700_000_000, key: "another key").text
        let moved = token.replacingOccurrences(of: "_1700000000_", with: "_1700000001_")
        for forged: Any in [foreign, moved, String(token.dropLast(4)), "", "a_b_c", NSNull()] {
            let answer = try await bench.post(
                "result", try ControlBench.submission(terms, ["test_token": forged, "test_uuid": nil]))
            #expect(answer.status == 400)
            #expect(try answer.errors() == ["The field test_token holds no token of this server."])
        }
        #expect(bench.results.all.isEmpty)
    }

    @Test func `a token of one test does not submit another, nor for another client`() async throws {
        let bench = await ControlBench()
        let terms = try await bench.finished()
        let other = try await bench.post(
            "result", try ControlBench.submission(terms, ["test_uuid": UUID().uuidString]))
        #expect(try other.errors() == ["The field test_uuid is not that of the token."])
        let stranger = try await bench.post(
            "result", try ControlBench.submission(terms, ["client_uuid": UUID().uuidString]))
        #expect(
            try stranger.errors() == ["The field client_uuid is not that of the client that asked for the test."])
        #expect(bench.results.all.isEmpty)
    }

    @Test func `a result that comes an hour late is refused`() async throws {
        let bench = await ControlBench()
        let message = try ControlBench.submission(try await bench.finished())
        bench.clock.advance(by: 3601)
        let answer = try await bench.post("result", message)
        #expect(answer.status == 400)
        #expect(try answer.errors() == ["The test is over: its result was due within 60 minutes of its start."])
        #expect(bench.results.all.isEmpty)
    }

    @Test func `a result from before its test is refused, and not as one that is late`() async throws {
        let bench = await ControlBench()
        let terms = try await bench.finished()
        let test = try #require(UUID(uuidString: String((terms["test_token"] as? String ?? "").prefix(36))))
        let token = RMBTToken(uuid: test, startTime: 1_700_000_041, key: ControlBench.key).text
        let answer = try await bench.post("result", try ControlBench.submission(terms, ["test_token": token]))
        #expect(answer.status == 400)
        #expect(try answer.errors() == ["The test may begin in 21 s: its result cannot be there yet."])
        #expect(bench.results.all.isEmpty)
    }

    @Test func `an aborted test is stored as such and a failed one is not`() async throws {
        let bench = await ControlBench()
        #expect(try await bench.submit(["test_status": "1"]).errors() == [])
        #expect(bench.results.all.isEmpty)
        let aborted: [String: Any?] = [
            "test_status": "2", "test_speed_upload": 0, "test_bytes_upload": 0, "test_nsec_upload": 0,
        ]
        #expect(try await bench.submit(aborted).errors() == [])
        let stored = try #require(bench.results.all.first)
        #expect(stored.wasInterrupted)
        #expect(stored.upload == nil && stored.download != nil)
    }

    @Test(arguments: ["download", "upload"])
    func `a test of one direction says nothing of the other and is stored`(direction: String) async throws {
        let bench = await ControlBench()
        let other = direction == "download" ? "upload" : "download"
        let details = (1...2).map {
            ["direction": direction, "thread": 0, "time": $0 * 1_000_000_000, "bytes": $0 * 5_000_000] as [String: Any]
        }
        var message = try ControlBench.submission(
            try await bench.finished(), ["speed_detail": details, "test_bytes_" + direction: 10_000_000])
        for field in ["test_speed_", "test_bytes_", "test_nsec_"] { message[field + other] = nil }
        #expect(try await bench.post("result", message).errors() == [])
        let stored = try #require(bench.results.all.first)
        #expect(!stored.wasInterrupted)
        #expect((stored.download == nil) == (direction == "upload"))
        #expect((stored.upload == nil) == (direction == "download"))
    }

    @Test func `a test of no direction is refused`() async throws {
        let bench = await ControlBench()
        var message = try ControlBench.submission(try await bench.finished(), ["speed_detail": []])
        for field in ["test_speed_", "test_bytes_", "test_nsec_"] {
            for direction in ["download", "upload"] { message[field + direction] = nil }
        }
        let answer = try await bench.post("result", message)
        #expect(answer.status == 400)
        #expect(try answer.errors() == ["The field test_speed_download is missing: it is the rate in kbit/s."])
        #expect(bench.results.all.isEmpty)
    }

    static var impossible: [(String, Any?, String)] {
        [
            ("test_speed_download", 0, "The field test_speed_download lies in 1 to 799999999, found 0."),
            ("test_speed_upload", 800_000_000, "The field test_speed_upload lies in 1 to 799999999, found 800000000."),
            ("test_speed_upload", nil, "The field test_speed_upload is missing: it is the rate in kbit/s."),
            ("test_bytes_download", -1, "The field test_bytes_download lies in 0 to 1125899906842624, found -1."),
            ("test_nsec_download", -5, "The field test_nsec_download lies in 0 to 3600000000000, found -5."),
            ("test_nsec_upload", 1e300, "The field test_nsec_upload has a value of the wrong kind."),
            ("test_num_threads", 21, "The field test_num_threads lies in 0 to 20, found 21."),
            ("test_status", "7", "The field test_status is \"0\", \"1\" or \"2\", found 7."),
            ("pings", Array(repeating: ["value": 1], count: 1001), "pings has 1001 entries, 1000 are the most."),
            ("pings", [["value_server": -1]], "The field pings.value_server lies in 0 to 3600000000000, found -1."),
            ("pings", [["value": "x"]], "The field pings.0.value has a value of the wrong kind."),
        ]
    }

    @Test func `values that cannot be are refused with the field and its range`() async throws {
        let bench = await ControlBench()
        for (field, value, sentence) in Self.impossible {
            let answer = try await bench.submit([field: value])
            #expect(answer.status == 400)
            #expect(try answer.errors() == [sentence])
        }
        #expect(bench.results.all.isEmpty)
    }

    @Test func `tuples that go backwards, beyond twenty threads or into no direction are refused`() async throws {
        let bench = await ControlBench()
        func tuple(_ direction: String, _ thread: Int, _ time: Int, _ bytes: Int) -> [String: Any] {
            ["direction": direction, "thread": thread, "time": time, "bytes": bytes]
        }
        let backwards = "speed_detail goes back in time or in bytes: write each thread's entries as they came."
        let second = 1_000_000_000
        let cases: [([[String: Any]], String)] = [
            ([tuple("download", 0, second, 9), tuple("download", 0, 2 * second, 8)], backwards),
            (
                [tuple("upload", 0, 2 * second, 9), tuple("upload", 0, second, 10), tuple("upload", 0, second, 11)],
                backwards
            ),
            ([tuple("upload", 20, 1, 1)], "The field speed_detail.thread lies in 0 to 19, found 20."),
            ([tuple("upload", 0, -1, 1)], "The field speed_detail.time lies in 0 to 3600000000000, found -1."),
            ([tuple("up", 0, 1, 1)], "The field speed_detail.direction is \"download\" or \"upload\", found up."),
        ]
        for (tuples, sentence) in cases {
            #expect(try await bench.submit(["speed_detail": tuples]).errors() == [sentence])
        }
        #expect(bench.results.all.isEmpty)
    }

    @Test func `a last tuple by the server's clock drops those that the client has behind it`() async throws {
        let bench = await ControlBench()
        let times = [500_000_000, 3_010_000_000, 1_000_000_000]
        let tuples = ["download", "upload"].flatMap { direction in
            zip(times, [500_000, 1_000_000, 1_000_000]).map { time, bytes in
                ["direction": direction, "thread": 0, "time": time, "bytes": bytes] as [String: Any]
            }
        }
        var changes: [String: Any?] = ["speed_detail": tuples]
        for direction in ["download", "upload"] {
            changes["test_speed_" + direction] = 8000
            changes["test_bytes_" + direction] = 1_000_000
            changes["test_nsec_" + direction] = 1_000_000_000
        }
        #expect(try await bench.submit(changes).errors() == [])
        #expect(bench.results.all.first?.download?.bitsPerSecond == 8e6)
        #expect(bench.results.all.first?.download?.tuples.first?.count == 2)
    }
}
