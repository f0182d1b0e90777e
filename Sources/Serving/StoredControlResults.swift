import Crypto
import FleetModel
import Foundation
import RMBTControl
import Sockets
import Transfer

/// Keeps a Control Server's results in the store, as runs that reports and `probe runs` show like any other.
///
/// A client is a target, named after a digest of its uuid: the uuid itself opens the client's history and belongs into no
/// report. The run's id is the open test uuid, so that the schema holds each test to one result.
package struct StoredControlResults: ControlResults {
    static let probe = "control"
    private static let serverFlag = "server:"
    private static let clientFlag = "client:"
    private static let differsFlag = "client-rate-differs"
    private static let unconfirmedFlag = "unconfirmed"

    private let store: any RunStore & RunReading

    package init(store: any RunStore & RunReading) {
        self.store = store
    }

    package func store(_ result: ControlResult) async throws -> Bool {
        try await store.keep(Self.run(result)) == .recorded
    }

    package func result(of test: UUID) async throws -> StoredControlResult? {
        guard let run = try await store.run(id: test), run.probe == Self.probe else { return nil }
        return Self.stored(run)
    }

    package func history(of client: UUID, limit: Int) async throws -> [StoredControlResult] {
        let query = RunQuery(targets: [Self.target(of: client)], probe: Self.probe)
        return try await store.runs(query, limit: limit).map(Self.stored)
    }

    /// The name of a client's target: `client-` and 12 hexadecimal digits.
    static func target(of client: UUID?) -> String {
        guard let client else { return "client-unknown" }
        let digest = SHA256.hash(data: Data(client.uuidString.lowercased().utf8))
        return "client-" + digest.prefix(6).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    // MARK: To the store

    static func run(_ result: ControlResult) -> ProbeResult {
        var flags: [String] = []
        if let server = result.server { flags.append(serverFlag + FlagName.encoded(server)) }
        if let name = result.clientName { flags.append(clientFlag + FlagName.encoded(name)) }
        if result.rateDiffers { flags.append(differsFlag) }
        if result.isUnconfirmed { flags.append(unconfirmedFlag) }
        return ProbeResult(
            runID: result.id, target: target(of: result.client), probe: probe, kind: .rmbt, trigger: .manual,
            startedAt: result.startedAt, duration: result.duration,
            outcome: result.wasInterrupted
                ? .failed(ProbeFailure(.interrupted, "The client ended the test early.")) : .measured,
            download: result.download.map(transfer), upload: result.upload.map(transfer),
            latency: LatencySummary(
                method: .rmbt, roundTrips: result.pings.map { Double($0) * 1e-9 }, sent: result.pings.count),
            authentication: .token, flags: flags)
    }

    private static func transfer(_ direction: ControlResult.Direction) -> TransferResult {
        TransferResult(
            bitsPerSecond: direction.bitsPerSecond, bytes: direction.bytes,
            duration: .nanoseconds(direction.nanoseconds), connections: direction.connections,
            samples: direction.tuples.enumerated().flatMap { connection, tuples in
                tuples.map { .init(connection: connection, nanoseconds: $0.nanoseconds, bytes: $0.bytes) }
            })
    }

    // MARK: From the store

    private static func stored(_ run: ProbeResult) -> StoredControlResult {
        func word(_ mark: String) -> String? {
            run.flags.first { $0.hasPrefix(mark) }.map { FlagName.decoded(String($0.dropFirst(mark.count))) }
        }
        var result = StoredControlResult(
            id: run.runID, startedAt: run.startedAt, server: word(serverFlag), clientName: word(clientFlag),
            wasInterrupted: run.outcome != .measured, download: run.download.map(direction),
            upload: run.upload.map(direction), latency: run.latency?.median, pingCount: run.latency?.count ?? 0,
            rateDiffers: run.flags.contains(differsFlag))
        result.isUnconfirmed = run.flags.contains(unconfirmedFlag)
        return result
    }

    private static func direction(_ transfer: TransferResult) -> ControlResult.Direction {
        let connections = Dictionary(grouping: transfer.samples, by: \.connection).sorted { $0.key < $1.key }
        return ControlResult.Direction(
            bitsPerSecond: transfer.bitsPerSecond, bytes: transfer.bytes,
            nanoseconds: transfer.duration.wholeNanoseconds, connections: transfer.connections,
            tuples: connections.map { _, samples in
                samples.map { TransferTuple(nanoseconds: $0.nanoseconds, bytes: $0.bytes) }
            })
    }
}
