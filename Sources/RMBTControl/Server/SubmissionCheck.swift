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

    private let submission: ControlSubmission

    init(_ submission: ControlSubmission) {
        self.submission = submission
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
        return ControlResult(
            id: id, client: submission.clientUUID.flatMap(UUID.init(uuidString:)), clientName: clientName,
            startedAt: min(start, now), duration: .seconds(max(now.timeIntervalSince(start), 0)),
            wasInterrupted: isInterrupted, download: download?.direction, upload: upload?.direction,
            pings: try pings(), rateDiffers: download?.differs == true || upload?.differs == true)
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
    ) throws(RequestJSON.Refusal) -> (direction: ControlResult.Direction, differs: Bool)? {
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
        let connections = tuples.isEmpty ? Int(max(threads ?? 1, 1)) : tuples.count
        if let rate = InterpolatedRate(connections: tuples), rate.bytes > 0 {
            let carried = tuples.compactMap(\.last?.bytes).reduce(0, +)
            return (
                ControlResult.Direction(
                    bitsPerSecond: rate.bitsPerSecond, bytes: max(carried, bytes ?? 0), nanoseconds: rate.nanoseconds,
                    connections: connections, tuples: tuples),
                differs: Self.differ(rate.bitsPerSecond, stated)
            )
        }
        let length = nanoseconds ?? 0
        let counted = length > 0 ? Double(bytes ?? 0) * 8e9 / Double(length) : nil
        return (
            ControlResult.Direction(
                bitsPerSecond: stated, bytes: bytes ?? 0, nanoseconds: length, connections: connections),
            differs: counted.map { Self.differ($0, stated) } ?? false
        )
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
