import Foundation

/// A stored result in the words that clients and people are shown.
enum ResultWords {
    static func history(_ result: StoredControlResult) -> ControlHistoryReply.Entry {
        ControlHistoryReply.Entry(
            testUUID: result.id.uuidString.lowercased(), openTestUUID: openName(result.id),
            time: milliseconds(result.startedAt), timezone: "UTC", timeText: time(result.startedAt),
            speedDownload: result.download.map { megabits($0.bitsPerSecond) },
            speedUpload: result.upload.map { megabits($0.bitsPerSecond) },
            ping: result.latency.map { millisecondsText($0) }, status: result.wasInterrupted ? "2" : "0",
            serverName: result.server, isUnconfirmed: result.isUnconfirmed ? true : nil)
    }

    static func testResult(_ result: StoredControlResult, base: String) -> ControlTestResultReply.Result {
        let measurement = measured(result)
        let share = base + "/share/" + openName(result.id)
        let figures = measurement.map { "\($0.title): \($0.value)" }.joined(separator: ", ")
        let text = result.isUnconfirmed ? "Unconfirmed result of a broadband test" : figures
        return ControlTestResultReply.Result(
            measurement: measurement, net: result.server.map { [.init(title: "Server", value: $0)] } ?? [],
            testUUID: result.id.uuidString.lowercased(), openTestUUID: openName(result.id),
            time: milliseconds(result.startedAt), timezone: "UTC", timeText: time(result.startedAt), shareURL: share,
            shareText: "\(text), \(time(result.startedAt)): \(share)")
    }

    static func measured(_ result: StoredControlResult) -> [ControlTestResultReply.Item] {
        var items: [ControlTestResultReply.Item] = []
        if let download = result.download {
            items.append(.init(title: "Download", value: rate(download.bitsPerSecond)))
        }
        if let upload = result.upload { items.append(.init(title: "Upload", value: rate(upload.bitsPerSecond))) }
        if let latency = result.latency { items.append(.init(title: "Ping", value: millisecondsText(latency) + " ms")) }
        return items
    }

    static func openName(_ test: UUID) -> String { "O" + test.uuidString.lowercased() }

    /// ISO 8601, UTC.
    static func time(_ date: Date) -> String { date.formatted(.iso8601) }

    private static func milliseconds(_ date: Date) -> Int64 {
        Int64(exactly: (date.timeIntervalSince1970 * 1000).rounded()) ?? 0
    }

    /// Mbit/s with three significant digits or more.
    static func megabits(_ bitsPerSecond: Double) -> String { digits(bitsPerSecond / 1e6) }

    static func rate(_ bitsPerSecond: Double) -> String {
        bitsPerSecond >= 1e9 ? digits(bitsPerSecond / 1e9) + " Gbit/s" : megabits(bitsPerSecond) + " Mbit/s"
    }

    static func millisecondsText(_ seconds: Double) -> String { digits(seconds * 1000) }

    static func digits(_ value: Double) -> String {
        guard value.isFinite else { return "?" }
        let decimals = abs(value) >= 100 ? 0 : abs(value) >= 10 ? 1 : abs(value) >= 1 ? 2 : 3
        return String(format: "%.\(decimals)f", value)
    }
}
