import FleetModel
import RMBT

extension ProbeFindings {
    /// What an RMBT test measured, however its server was found.
    init(_ measurement: RMBTMeasurement) {
        self.init()
        download = measurement.download.flatMap { TransferResult($0) }
        upload = measurement.upload.flatMap { TransferResult($0) }
        latency = LatencySummary(
            method: .rmbt, roundTrips: measurement.pings.map { Double($0.server) * 1e-9 }, sent: measurement.pingsSent)
        if latency == nil, measurement.pingsSent > 0 { latency = .unanswered(.rmbt, sent: measurement.pingsSent) }
        latency?.clientMedian = Self.median(measurement.pings.map(\.client))
        let down = Self.median(measurement.pingsDuringDownload.map(\.server))
        let up = Self.median(measurement.pingsDuringUpload.map(\.server))
        if down != nil || up != nil { latencyUnderLoad = .init(downloadMedian: down, uploadMedian: up) }
        if measurement.isReducedToOneConnection { flags.append("reduced-to-one-connection") }
        if measurement.hasFewerConnections { flags.append("fewer-connections") }
        if measurement.hasUnconfirmedEnd { flags.append("end-unconfirmed") }
        if let error = measurement.error { failure = ProbeFailure(error) }
    }

    /// In seconds, of nanoseconds.
    private static func median(_ roundTrips: [Int64]) -> Double? {
        Quantiles.median(ofSorted: roundTrips.map { Double($0) * 1e-9 }.sorted())
    }
}

extension ProbeFailure {
    init(_ error: RMBTError) {
        let kind: Kind =
            switch error {
            case .connection(let failure): Kind(failure)
            case .tls: .tls
            case .silent, .nothingTransferred: .timeout
            case .closed, .violation: .protocol
            case .tokenRejected: .authentication
            case .refused: .refused
            case .interrupted, .stopped: .interrupted
            case .local, .unsupported: .internal
            }
        self.init(kind, error.description)
    }
}
