import Transfer

/// The statuses that one connection's peer sent, summed up.
struct BtestStatusLog: Sendable, Equatable {
    /// Bytes that the peer had received at the instants its statuses came in.
    private(set) var tuples: [TransferTuple] = []
    private var cpuSum = 0
    private var cpuCount = 0

    /// More statuses than one a second of the longest test: a flood is not kept.
    private static let limit = 100_000

    /// - Parameters:
    ///   - bytes: what the status's field stands for; nil takes it as it is.
    ///   - nanoseconds: since the start of the transfer.
    mutating func received(_ status: BtestStatus, bytes: Int64? = nil, at nanoseconds: Int64) {
        guard tuples.count < Self.limit else { return }
        let before = tuples.last?.bytes ?? 0
        tuples.append(TransferTuple(nanoseconds: nanoseconds, bytes: before + (bytes ?? Int64(status.bytesReceived))))
        cpuSum += Int(status.cpuPercent)
        cpuCount += 1
    }

    /// Mean CPU load of the peer, 0 … 1; nil without a status.
    var meanCPU: Double? {
        cpuCount > 0 ? Double(cpuSum) / Double(cpuCount) / 100 : nil
    }
}
