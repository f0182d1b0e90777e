import Foundation
import RMBT
import Transfer

extension ControlSubmission {
    /// What phase 7 tells of a test: rates, round trips and the tuples from which the rates can be computed again.
    init(
        _ measurement: RMBTMeasurement, of assignment: ControlAssignment, begunAt: Date, softwareVersion: String
    ) {
        self.init()
        clientLanguage = "en"
        clientName = "RMBT"
        clientUUID = assignment.clientUUID
        clientVersion = "0.9"
        clientSoftwareVersion = softwareVersion
        token = assignment.token
        testUUID = assignment.testUUID
        time = Int64(begunAt.timeIntervalSince1970 * 1000)
        timezone = "UTC"
        type = "DESKTOP"
        platform = "CLI"
        model = "fleetprobe"
        product = "fleetprobe"
        networkType = 98
        status = measurement.error == nil ? "0" : "2"
        remotePort = Int64(assignment.serverPort)
        geoLocations = []
        (bytesDownload, nanosecondsDownload, speedDownload) = Self.figures(measurement.download)
        (bytesUpload, nanosecondsUpload, speedUpload) = Self.figures(measurement.upload)
        threads = measurement.download.map { Int64($0.connections.count) }
        threadsUpload = measurement.upload.map { Int64($0.connections.count) }
        pingShortest = measurement.pings.map(\.server).min()
        pings = measurement.pings.map { Ping(value: $0.client, serverValue: $0.server, time: $0.sentAt) }
        speedDetail =
            Self.details(measurement.download, "download") + Self.details(measurement.upload, "upload")
    }

    /// Bytes and nanoseconds to t*, and kbit/s: one follows from the other two.
    private static func figures(_ transfer: MeasuredTransfer?) -> (Int64?, Int64?, Int64?) {
        guard let rate = transfer?.rate, rate.bytes > 0 else { return (nil, nil, nil) }
        return (
            Int64(rate.bytes.rounded()), rate.nanoseconds, max(Int64((rate.bitsPerSecond / 1000).rounded()), 1)
        )
    }

    /// Nanoseconds between two tuples that are sent; the field's clients take as many.
    private static let detailGap: Int64 = 40_000_000

    /// A tuple each 40 ms, and of each connection the two around t*, between which the rate is interpolated.
    private static func details(_ transfer: MeasuredTransfer?, _ direction: String) -> [SpeedDetail] {
        let connections = transfer?.connections ?? []
        let end = connections.compactMap { $0.last?.nanoseconds }.min() ?? 0
        return connections.enumerated().flatMap { thread, tuples in
            let after = tuples.firstIndex { $0.nanoseconds >= end } ?? tuples.endIndex
            var kept: [SpeedDetail] = []
            for (index, tuple) in tuples.enumerated()
            where index == after || index == after - 1 || index == tuples.count - 1
                || tuple.nanoseconds - (kept.last?.time ?? -Self.detailGap) >= detailGap
            {
                kept.append(
                    SpeedDetail(
                        direction: direction, thread: Int64(thread), time: tuple.nanoseconds, bytes: tuple.bytes))
            }
            return kept
        }
    }
}
