import FleetModel
import Foundation

/// One second of a running btest, as `probe btest -v` prints it.
struct SecondLine: Equatable {
    /// What a test has moved and said until an instant.
    struct Reading: Equatable {
        /// Nanoseconds since data began to flow.
        var nanoseconds: Int64 = 0
        var downloadBytes: Int64 = 0
        var uploadBytes: Int64 = 0
        /// nil for TCP.
        var lostPackets: Int64?
        /// 0 … 1 each; nil where unknown.
        var localCPU: Double?
        var remoteCPU: Double?
    }

    let from: Reading
    let to: Reading

    /// `  3.0 s  down 94.2 Mbit/s  up 8.10 Mbit/s  lost 12  cpu 31 % here, 93 % there`
    var text: String {
        let seconds = Double(to.nanoseconds - from.nanoseconds) * 1e-9
        let rate = { (bytes: Int64) -> BitRate in
            BitRate(bitsPerSecond: seconds > 0 ? Double(max(bytes, 0)) * 8 / seconds : 0)
        }
        var parts = [
            String(format: "%5.1f s", Double(to.nanoseconds) * 1e-9),
            "down \(rate(to.downloadBytes - from.downloadBytes))", "up \(rate(to.uploadBytes - from.uploadBytes))",
        ]
        if let lost = to.lostPackets { parts.append("lost \(max(lost - (from.lostPackets ?? 0), 0))") }
        let loads = [to.localCPU.map { "\(Self.percent($0)) here" }, to.remoteCPU.map { "\(Self.percent($0)) there" }]
            .compactMap(\.self)
        if !loads.isEmpty { parts.append("cpu " + loads.joined(separator: ", ")) }
        return parts.joined(separator: "  ")
    }

    private static func percent(_ ratio: Double) -> String {
        "\(Int((min(max(ratio, 0), 1) * 100).rounded())) %"
    }
}
