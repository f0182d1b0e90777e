import FleetModel
import Foundation

/// One bandwidth test as a line of btest-rs's CSV file, for those who collect in one file what several programs measured.
///
/// The columns, their units and their words are btest-rs's: the time in seconds since 1970, rates in Mbit/s, `tx` for what
/// the side that writes the line sent. Where btest-rs writes 0 for what it does not know, the cell is empty here, and the
/// seconds may have decimals. There is no column for a failure: the rate of a direction that was asked for and not
/// measured is empty.
public struct BtestRecord: Sendable, Equatable {
    /// One direction of the test.
    public struct Direction: Sendable, Equatable {
        /// nil when nothing could be measured.
        public var bitsPerSecond: Double?
        public var bytes: Int64

        public init(bitsPerSecond: Double?, bytes: Int64) {
            self.bitsPerSecond = bitsPerSecond
            self.bytes = bytes
        }
    }

    public static let header =
        "timestamp,host,port,protocol,direction,duration_s,tx_avg_mbps,rx_avg_mbps,tx_bytes,rx_bytes,lost_packets,"
        + "local_cpu_pct,remote_cpu_pct,auth_type"

    /// When the test ended: btest-rs writes its line then.
    public var time: Date
    public var host: String
    public var port: Int?
    public var isUDP: Bool
    /// `send`, `receive` and `both` of a client; `RX`, `TX` and `BOTH` of a server.
    public var direction: String
    public var seconds: Double
    /// nil for a direction that was not asked for.
    public var transmitted: Direction?
    public var received: Direction?
    /// nil for TCP, where nothing is lost, and where unknown.
    public var lostPackets: Int64?
    /// 0 … 1 each; nil where unknown.
    public var localCPU: Double?
    public var remoteCPU: Double?
    public var authentication: AuthenticationMethod?

    public init(
        time: Date, host: String, port: Int?, isUDP: Bool, direction: String, seconds: Double, transmitted: Direction?,
        received: Direction?, lostPackets: Int64? = nil, localCPU: Double? = nil, remoteCPU: Double? = nil,
        authentication: AuthenticationMethod?
    ) {
        self.time = time
        self.host = host
        self.port = port
        self.isUDP = isUDP
        self.direction = direction
        self.seconds = seconds
        self.transmitted = transmitted
        self.received = received
        self.lostPackets = lostPackets
        self.localCPU = localCPU
        self.remoteCPU = remoteCPU
        self.authentication = authentication
    }

    /// The test of a client.
    public init(_ result: ProbeResult, of recipe: ProbeRecipe.Btest, host: String, port: Int) {
        let measured = [result.download, result.upload].compactMap(\.self)
        let direction = { (transfer: TransferResult?) in
            Direction(bitsPerSecond: transfer?.bitsPerSecond, bytes: transfer?.bytes ?? 0)
        }
        let lost = measured.compactMap(\.lostPackets)
        self.init(
            time: result.startedAt.addingTimeInterval(result.duration.inSeconds), host: host, port: port,
            isUDP: recipe.transport == .udp,
            direction: recipe.direction == .both ? "both" : recipe.direction == .upload ? "send" : "receive",
            seconds: measured.map(\.duration.inSeconds).max() ?? result.duration.inSeconds,
            transmitted: recipe.direction == .download ? nil : direction(result.upload),
            received: recipe.direction == .upload ? nil : direction(result.download),
            lostPackets: lost.isEmpty ? nil : lost.reduce(0) { $0.addingReportingOverflow($1).partialValue },
            localCPU: result.cpu?.local, remoteCPU: result.cpu?.remote, authentication: result.authentication)
    }

    /// The line, without a line ending.
    public var line: String {
        CSVTable.line([
            .integer(seconds(of: time)), .text(host), .integer(port.map(Int64.init)), .text(isUDP ? "UDP" : "TCP"),
            .text(direction), .text(NumberText.plain(seconds, decimals: 2)), rate(transmitted), rate(received),
            .integer(transmitted?.bytes ?? 0), .integer(received?.bytes ?? 0),
            .integer(isUDP ? lostPackets : 0), percent(localCPU), percent(remoteCPU), .text(authenticationWord),
        ])
    }

    private func seconds(of time: Date) -> Int64? {
        Int64(exactly: time.timeIntervalSince1970.rounded(.down))
    }

    private func rate(_ direction: Direction?) -> CSVTable.Cell {
        guard let direction else { return .text("0.00") }
        return .text(direction.bitsPerSecond.flatMap { $0.isFinite ? NumberText.fixed($0 / 1e6, 2) : nil })
    }

    private func percent(_ ratio: Double?) -> CSVTable.Cell {
        .integer(ratio.flatMap { Int64(exactly: (min(max($0, 0), 1) * 100).rounded()) })
    }

    private var authenticationWord: String? {
        authentication == .ecSRP5 ? "ecsrp5" : authentication?.rawValue
    }
}
