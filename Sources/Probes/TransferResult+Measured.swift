import FleetModel
import Transfer

extension TransferResult {
    /// - Returns: nil when nothing could be placed in time: then there is no rate, and not one of 0 bit/s.
    init?(_ measured: MeasuredTransfer) {
        guard let rate = measured.rate, rate.bytes > 0, let nanoseconds = measured.nanoseconds else { return nil }
        self.init(
            bitsPerSecond: rate.bitsPerSecond, bytes: measured.bytes, duration: .nanoseconds(nanoseconds),
            connections: measured.flows,
            lostPackets: measured.packets?.lost,
            reorderedPackets: measured.seesOrder ? measured.packets?.reordered : nil,
            duplicatePackets: measured.seesOrder ? measured.packets?.duplicates : nil,
            samples: measured.connections.enumerated().flatMap { index, tuples in
                tuples.map { Sample(connection: index, nanoseconds: $0.nanoseconds, bytes: $0.bytes) }
            })
    }
}
