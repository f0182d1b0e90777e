import Foundation
import Transfer

/// Holds what a client submits against what can be, and makes a result of it (docs/protocols/control-server.md, result).
struct SubmissionCheck {
    static let speeds: ClosedRange<Int64> = 1...799_999_999
    /// An hour: no direction takes longer.
    static let longest: Int64 = 3_600_000_000_000
    static let mostBytes: Int64 = 1 << 50
    static let mostThreads: Int64 = 20
    static let mostTuples = 100_000
    static let mostPings = 1000
    /// The tuples' own rate counts; beyond this share the result says that the client's was another.
    static let rateTolerance = 0.1
    /// No rate that is stored reaches this, in bit/s, whatever it was computed from.
    static let tooFast = 8e11
    /// Figures that say the same may differ by so much: clients count headers, pre-tests and the end of a transfer differently.
    static let agreement = 2.0
    /// Beside ``agreement``: chunks of a connection that one figure has and the other has not, in bytes.
    static let chunkSlack = 4 << 20
    /// A client's own figure for its tuples' rate may be off by so much before it is no figure of this test.
    static let speedAgreement = 4.0
    /// What clocks make of a duration, and whole seconds of a start, in nanoseconds.
    static let clockSlack: Int64 = 2_000_000_000
    /// A direction ends so long after the time that was asked for, at most, in nanoseconds: slow lines need it.
    static let longestDrain: Int64 = 60_000_000_000

    private let submission: ControlSubmission
    /// Nanoseconds of each direction that the Control Server asked for.
    private let asked: Int64

    /// - Parameter asked: seconds of each direction that the Control Server asked for.
    init(_ submission: ControlSubmission, asked: Int) {
        self.submission = submission
        self.asked = Int64(min(max(asked, 1), 3600)) * 1_000_000_000
    }

    /// - Parameters:
    ///   - id: the open test uuid.
    ///   - start: when the token let the test start.
    ///   - now: when the submission came.
    /// - Throws: one sentence for the first value that cannot be.
    func result(id: UUID, start: Date, now: Date) throws(RequestJSON.Refusal) -> ControlResult {
        let isInterrupted = submission.status == "2"
        guard isInterrupted || submission.status == nil || submission.status == "0" else {
            throw refusal("test_status", submission.status, "is \"0\", \"1\" or \"2\"")
        }
        _ = try inRange("test_ping_shortest", submission.pingShortest, 0...Self.longest)
        _ = try inRange("test_port_remote", submission.remotePort, 0...65_535)
        let threads = try inRange("test_num_threads", submission.threads, 0...Self.mostThreads)
        let uploadThreads = try inRange("num_threads_ul", submission.threadsUpload, 0...Self.mostThreads)
        let tuples = try tuples()
        let download = try direction(
            "download", speed: submission.speedDownload, bytes: submission.bytesDownload,
            nanoseconds: submission.nanosecondsDownload, threads: threads, tuples: tuples.download,
            isRequired: !isInterrupted)
        let upload = try direction(
            "upload", speed: submission.speedUpload, bytes: submission.bytesUpload,
            nanoseconds: submission.nanosecondsUpload, threads: uploadThreads ?? threads, tuples: tuples.upload,
            isRequired: !isInterrupted)
        guard isInterrupted || download != nil || upload != nil else { throw Self.missingSpeed("download") }
        let pings = try pings()
        let passed = Int64(min(max(now.timeIntervalSince(start), 0), 1e6) * 1e9)
        let taken = (download?.length ?? 0) + (upload?.length ?? 0) + pings.reduce(0, +)
        guard taken <= passed + Self.clockSlack else {
            throw RequestJSON.Refusal(
                sentence:
                    "The test took \(Self.seconds(taken)) by its own figures, and \(Self.seconds(passed)) have passed "
                    + "since its start.")
        }
        return ControlResult(
            id: id, client: submission.clientUUID.flatMap(UUID.init(uuidString:)), clientName: clientName,
            startedAt: min(start, now), duration: .seconds(max(now.timeIntervalSince(start), 0)),
            wasInterrupted: isInterrupted, download: download?.direction, upload: upload?.direction,
            pings: pings, rateDiffers: download?.differs == true || upload?.differs == true)
    }

    private var clientName: String? {
        guard let name = submission.clientName, (1...32).contains(name.utf8.count),
            name.utf8.allSatisfy({ Self.isWordByte($0) })
        else { return nil }
        return name
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    // MARK: Parts

    private func direction(
        _ name: String, speed: Int64?, bytes: Int64?, nanoseconds: Int64?, threads: Int64?, tuples: [[TransferTuple]],
        isRequired: Bool
    ) throws(RequestJSON.Refusal) -> Judged? {
        let bytes = try inRange("test_bytes_\(name)", bytes, 0...Self.mostBytes)
        let nanoseconds = try inRange("test_nsec_\(name)", nanoseconds, 0...Self.longest)
        // Of a test that was given up, a direction that did not begin says 0 or nothing.
        if !isRequired, speed ?? 0 == 0 { return nil }
        // Some clients measure one direction alone, and say nothing of the other.
        if speed == nil, bytes == nil, nanoseconds == nil, tuples.isEmpty { return nil }
        guard let speed = try inRange("test_speed_\(name)", speed, Self.speeds) else {
            throw Self.missingSpeed(name)
        }
        let stated = Double(speed) * 1000
        let length = max(nanoseconds ?? 0, tuples.compactMap(\.last?.nanoseconds).max() ?? 0)
        guard length <= asked + Self.longestDrain else {
            throw RequestJSON.Refusal(
                sentence: "The \(name) took \(Self.seconds(length)), and \(Self.seconds(asked)) were asked for.")
        }
        let connections = tuples.isEmpty ? Int(max(threads ?? 1, 1)) : tuples.count
        if let rate = InterpolatedRate(connections: tuples), rate.bytes > 0 {
            let carried = tuples.compactMap(\.last?.bytes).reduce(0, +)
            let last = tuples.compactMap(\.last?.nanoseconds).max() ?? 0
            if let bytes, bytes > 0 {
                try requireAgreement(
                    "test_bytes_\(name)", bytes, carried, "bytes", slack: Double(connections * Self.chunkSlack))
            }
            if let nanoseconds, nanoseconds > 0 {
                try requireAgreement(
                    "test_nsec_\(name)", nanoseconds, last, "nanoseconds", slack: Double(Self.clockSlack))
            }
            try requirePossible(rate.bitsPerSecond, name)
            try requireAgreement(name, stated: stated, computed: rate.bitsPerSecond, within: Self.speedAgreement)
            return Judged(
                direction: ControlResult.Direction(
                    bitsPerSecond: rate.bitsPerSecond, bytes: carried, nanoseconds: rate.nanoseconds,
                    connections: connections, tuples: tuples),
                length: length, differs: Self.differ(rate.bitsPerSecond, stated))
        }
        guard let bytes, let nanoseconds, bytes > 0, nanoseconds > 0 else {
            throw RequestJSON.Refusal(
                sentence:
                    "The \(name) has a rate and nothing to compute it from: send speed_detail, or test_bytes_\(name) "
                    + "and test_nsec_\(name).")
        }
        let counted = Double(bytes) * 8e9 / Double(nanoseconds)
        try requirePossible(counted, name)
        try requireAgreement(name, stated: stated, computed: counted, within: Self.agreement)
        let differs = Self.differ(counted, stated)
        return Judged(
            direction: ControlResult.Direction(
                bitsPerSecond: differs ? counted : stated, bytes: bytes, nanoseconds: nanoseconds,
                connections: connections),
            length: length, differs: differs)
    }

    private func requirePossible(_ bitsPerSecond: Double, _ name: String) throws(RequestJSON.Refusal) {
        guard bitsPerSecond < Self.tooFast else {
            throw RequestJSON.Refusal(
                sentence: "The \(name) comes to \(ResultWords.rate(bitsPerSecond)): rates under 800 Gbit/s are taken.")
        }
    }

    private func requireAgreement(
        _ name: String, stated: Double, computed: Double, within factor: Double
    ) throws(RequestJSON.Refusal) {
        guard stated <= computed * factor, computed <= stated * factor + 1000 else {
            throw RequestJSON.Refusal(
                sentence:
                    "The field test_speed_\(name) says \(ResultWords.rate(stated)), and what was carried in its time "
                    + "gives \(ResultWords.rate(computed)).")
        }
    }

    private func requireAgreement(
        _ field: String, _ stated: Int64, _ found: Int64, _ unit: String, slack: Double
    ) throws(RequestJSON.Refusal) {
        let (one, other) = (Double(stated), Double(found))
        guard one <= other * Self.agreement + slack, other <= one * Self.agreement + slack else {
            throw RequestJSON.Refusal(
                sentence: "The field \(field) says \(stated) \(unit), and speed_detail says \(found).")
        }
    }

    private static func seconds(_ nanoseconds: Int64) -> String {
        ResultWords.digits(Double(nanoseconds) * 1e-9) + " s"
    }

    private static func differ(_ one: Double, _ other: Double) -> Bool {
        abs(one - other) > rateTolerance * max(one, other)
    }

    private func pings() throws(RequestJSON.Refusal) -> [Int64] {
        let pings = submission.pings ?? []
        guard pings.count <= Self.mostPings else {
            throw RequestJSON.Refusal(sentence: "pings has \(pings.count) entries, \(Self.mostPings) are the most.")
        }
        var values: [Int64] = []
        for ping in pings {
            _ = try inRange("pings.value", ping.value, 0...Self.longest)
            _ = try inRange("pings.time_ns", ping.time, 0...Self.longest)
            if let value = try inRange("pings.value_server", ping.serverValue, 0...Self.longest) {
                values.append(value)
            }
        }
        return values
    }

    /// The tuples of each connection, the connections in the order of their numbers.
    private func tuples() throws(RequestJSON.Refusal) -> (download: [[TransferTuple]], upload: [[TransferTuple]]) {
        let details = submission.speedDetail ?? []
        guard details.count <= Self.mostTuples else {
            throw RequestJSON.Refusal(
                sentence: "speed_detail has \(details.count) entries, \(Self.mostTuples) are the most.")
        }
        var download: [Int64: SubmittedTuples] = [:]
        var upload: [Int64: SubmittedTuples] = [:]
        for detail in details {
            _ = try inRange("speed_detail.thread", detail.thread, 0...(Self.mostThreads - 1))
            _ = try inRange("speed_detail.time", detail.time, 0...Self.longest)
            _ = try inRange("speed_detail.bytes", detail.bytes, 0...Self.mostBytes)
            let tuple = TransferTuple(nanoseconds: detail.time, bytes: detail.bytes)
            switch detail.direction {
            case "download": try download[detail.thread, default: SubmittedTuples()].append(tuple)
            case "upload": try upload[detail.thread, default: SubmittedTuples()].append(tuple)
            default: throw refusal("speed_detail.direction", detail.direction, "is \"download\" or \"upload\"")
            }
        }
        func ordered(_ tuples: [Int64: SubmittedTuples]) -> [[TransferTuple]] {
            tuples.sorted { $0.key < $1.key }.map(\.value.tuples)
        }
        return (ordered(download), ordered(upload))
    }

    /// A direction that can be.
    private struct Judged {
        let direction: ControlResult.Direction
        /// Its own time in nanoseconds, to its very end.
        let length: Int64
        /// The client's figure is another than what follows from its counts.
        let differs: Bool
    }

    private static func missingSpeed(_ direction: String) -> RequestJSON.Refusal {
        RequestJSON.Refusal(sentence: "The field test_speed_\(direction) is missing: it is the rate in kbit/s.")
    }

    private func inRange(
        _ field: String, _ value: Int64?, _ range: ClosedRange<Int64>
    ) throws(RequestJSON.Refusal) -> Int64? {
        guard let value else { return nil }
        guard range.contains(value) else {
            throw refusal(field, "\(value)", "lies in \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    private func refusal(_ field: String, _ found: String?, _ rule: String) -> RequestJSON.Refusal {
        let shown = found.map { $0.count > 40 ? String($0.prefix(40)) + "…" : $0 } ?? "nothing"
        return RequestJSON.Refusal(sentence: "The field \(field) \(rule), found \(shown).")
    }
}
