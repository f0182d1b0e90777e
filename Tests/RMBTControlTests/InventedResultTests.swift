import Foundation
import Testing

@testable import RMBTControl

/// Results that nobody measured.
@Suite struct InventedResultTests {
    private static func tuples(_ pairs: [(time: Int64, bytes: Int64)]) -> [[String: Any]] {
        ["download", "upload"].flatMap { direction in
            pairs.map { ["direction": direction, "thread": 0, "time": $0.time, "bytes": $0.bytes] as [String: Any] }
        }
    }

    private static func both(_ name: String, _ value: Any?) -> [String: Any?] {
        ["test_\(name)_download": value, "test_\(name)_upload": value]
    }

    private static func joined(_ all: [String: Any?]...) -> [String: Any?] {
        all.reduce(into: [:]) { $0.merge($1) { _, new in new } }
    }

    static var inventions: [(name: String, changes: [String: Any?], sentence: String)] {
        [
            (
                "a rate that only the tuples say", ["speed_detail": tuples([(1, 1 << 48), (2, 1 << 49)])],
                "The field test_bytes_download says 20000000 bytes, and speed_detail says 562949953421312."
            ),
            (
                "the same with bytes that agree",
                joined(
                    ["speed_detail": tuples([(1, 1 << 48), (2, 1 << 49)])], both("bytes", 1 << 49), both("nsec", 2)),
                "The download comes to 2251799813685248 Gbit/s: rates under 800 Gbit/s are taken."
            ),
            (
                "799 Gbit/s without a byte",
                joined(["speed_detail": []], both("speed", 799_999_999), both("bytes", 0), both("nsec", 0)),
                "The download has a rate and nothing to compute it from: send speed_detail, or test_bytes_download and "
                    + "test_nsec_download."
            ),
            (
                "799 Gbit/s over a few bytes", joined(["speed_detail": []], both("speed", 799_999_999)),
                "The field test_speed_download says 800 Gbit/s, and what was carried in its time gives 80.0 Mbit/s."
            ),
            (
                "bytes over no time", joined(["speed_detail": []], both("bytes", 1 << 49), both("nsec", 1)),
                "The download comes to 4503599627370496 Gbit/s: rates under 800 Gbit/s are taken."
            ),
            (
                "a speed that is not that of the tuples", both("speed", 799_999_999),
                "The field test_speed_download says 800 Gbit/s, and what was carried in its time gives 80.0 Mbit/s."
            ),
            (
                "an hour", joined(["speed_detail": []], both("nsec", 3_600_000_000_000)),
                "The download took 3600 s, and 7.00 s were asked for."
            ),
            (
                "an hour of tuples", ["speed_detail": tuples([(3_599_000_000_000, 20_000_000)])],
                "The download took 3599 s, and 7.00 s were asked for."
            ),
            (
                "pings of a minute", ["pings": [["value_server": 60_000_000_000]]],
                "The test took 64.0 s by its own figures, and 20.0 s have passed since its start."
            ),
        ]
    }

    @Test func `inventions are refused in a sentence and not stored`() async throws {
        for (name, changes, sentence) in Self.inventions {
            let bench = await ControlBench()
            let answer = try await bench.submit(changes)
            #expect(answer.status == 400, "\(name)")
            #expect(try answer.errors() == [sentence], "\(name)")
            #expect(bench.results.all.isEmpty, "\(name)")
        }
    }

    @Test func `a test cannot have taken longer than the time since its start`() async throws {
        let bench = await ControlBench()
        let terms = try await bench.permitted()
        bench.clock.advance(by: 0.1)
        let answer = try await bench.post("result", try ControlBench.submission(terms))
        #expect(
            try answer.errors() == ["The test took 4.01 s by its own figures, and 0.100 s have passed since its start."]
        )
        bench.clock.advance(by: 3)
        #expect(try await bench.post("result", try ControlBench.submission(terms)).status == 200)
    }

    @Test(arguments: [10_000_000_000, 100_000_000_000, 400_000_000_000] as [Int64])
    func `a line that is fast is believed`(bitsPerSecond: Int64) async throws {
        let bench = await ControlBench()
        let perSecond = bitsPerSecond / 8
        let details = Self.tuples((1...7).map { ($0 * 1_000_000_000, $0 * perSecond) })
        let answer = try await bench.submit(
            Self.joined(
                ["speed_detail": details], Self.both("speed", bitsPerSecond / 1000), Self.both("bytes", 7 * perSecond),
                Self.both("nsec", 7_000_000_000)))
        #expect(try answer.errors() == [])
        #expect(bench.results.all.first?.download?.bitsPerSecond == Double(bitsPerSecond))
    }

    // MARK: What the RMBT server counted

    private static let enough = [Int64](repeating: 2_500_000, count: 8)

    /// - Returns: whether the stored result is unconfirmed.
    private func isUnconfirmed(
        sent: [Int64]?, received: [Int64] = enough, _ changes: [String: Any?] = [:]
    ) async throws -> Bool? {
        let bench = await ControlBench()
        let terms = try await bench.finished()
        if let sent {
            #expect(
                try await bench.report([try ControlBench.served(terms, sent: sent, received: received)]).status == 200)
        }
        #expect(try await bench.post("result", try ControlBench.submission(terms, changes)).errors() == [])
        return bench.results.all.first?.isUnconfirmed
    }

    @Test func `a result is confirmed by what its server counted`() async throws {
        #expect(try await isUnconfirmed(sent: Self.enough) == false)
        // Buffers on the way take what the server counts early.
        #expect(try await isUnconfirmed(sent: [0, 8_000_000, 0, 0, 6_000_000, 6_000_000, 0, 0, 0]) == false)
    }

    @Test func `a result is unconfirmed where no server said anything`() async throws {
        #expect(try await isUnconfirmed(sent: nil) == true)
    }

    @Test func `a result is unconfirmed where its server carried less, or took longer for it`() async throws {
        #expect(try await isUnconfirmed(sent: [], received: []) == true)
        #expect(try await isUnconfirmed(sent: Self.enough.map { $0 / 2 }) == true)
        #expect(try await isUnconfirmed(sent: Self.enough, received: []) == true)
        // All the bytes, and four times the time.
        #expect(try await isUnconfirmed(sent: [Int64](repeating: 625_000, count: 32)) == true)
    }

    @Test func `a peak of a moment is not confirmed`() async throws {
        let details = Self.tuples([(10_000_000, 250_000)])
        let changes = Self.joined(
            ["speed_detail": details], Self.both("speed", 200_000), Self.both("bytes", 250_000),
            Self.both("nsec", 10_000_000))
        #expect(try await isUnconfirmed(sent: Self.enough, changes) == true)
    }

    @Test func `the server's word is waited for while servers report`() async throws {
        let bench = await ControlBench()
        let terms = try await bench.finished()
        #expect(try await bench.report([]).status == 200)
        let report = try ControlBench.served(terms, sent: Self.enough, received: Self.enough)
        async let late = Task {
            try await Task.sleep(for: .milliseconds(300))
            return try await bench.report([report]).status
        }.value
        #expect(try await bench.post("result", try ControlBench.submission(terms)).errors() == [])
        #expect(try await late == 200)
        #expect(bench.results.all.first?.isUnconfirmed == false)
    }

    @Test func `only who has a shared key reports`() async throws {
        let bench = await ControlBench()
        let terms = try await bench.finished()
        let report = try ControlBench.served(terms, sent: Self.enough, received: Self.enough)
        let forged = try await bench.report([report], key: "another key")
        #expect(forged.status == 400)
        #expect(try forged.errors() == ["The report is signed with no token key of this server."])
        #expect(try await bench.report(Array(repeating: report, count: 13)).status == 400)
        #expect(try await bench.post("result", try ControlBench.submission(terms)).errors() == [])
        #expect(bench.results.all.first?.isUnconfirmed == true)
    }
}
