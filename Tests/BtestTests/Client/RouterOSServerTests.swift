import Sockets
import Testing
import TestSupport
import Transfer

@testable import Btest

/// The client against a double of RouterOS's bandwidth-server (docs/protocols/btest.md, What live RouterOS does).
@Suite(.usesSockets) struct RouterOSServerTests {
    private static let limit = 10e6

    private static let cases = BtestMode.all(connections: [1, 2, 4, 20])

    private static func run(
        _ port: Int, _ test: BtestMode, login: Bool = false, duration: Duration = .milliseconds(1300),
        timeout: Duration = .seconds(5)
    ) async -> BtestMeasurement {
        await BtestClient(
            .init(
                host: "127.0.0.1", port: port, userName: login ? "u" : nil, password: "right",
                transport: test.transport, direction: test.direction, duration: duration, bitsPerSecond: limit,
                connections: test.connections, handshakeTimeout: timeout)
        ).run()
    }

    /// Other processes hold a test up; one of four has to be right.
    private static func settled(_ body: () async throws -> (BtestMeasurement, Bool)) async throws -> BtestMeasurement {
        var measurement = BtestMeasurement()
        for _ in 0..<4 {
            let (found, isRight) = try await body()
            measurement = found
            if isRight { break }
        }
        return measurement
    }

    private static func rate(_ transfer: MeasuredTransfer?) -> Double { transfer?.rate?.bitsPerSecond ?? 0 }

    private static func isNear(_ measurement: BtestMeasurement, _ test: BtestMode) -> Bool {
        let rates =
            (test.direction.includesDownload ? [rate(measurement.download)] : [])
            + (test.direction.includesUpload ? [rate(measurement.upload)] : [])
        return measurement.error == nil && rates.allSatisfy { $0 > 0.7 * limit && $0 < 1.15 * limit }
    }

    @Test(arguments: [BtestAuthentication.none, .ecSRP5], [RouterOSServer.Statuses.clearBit, .oddBytes])
    func `every direction, protocol and number of connections measures what it carried`(
        method: BtestAuthentication, statuses: RouterOSServer.Statuses
    ) async throws {
        let accounts = try SessionFixtures.accounts(method)
        for start in stride(from: 0, to: Self.cases.count, by: 4) {
            try await withThrowingTaskGroup(of: (BtestMode, BtestMeasurement).self) { group in
                for test in Self.cases[start..<min(start + 4, Self.cases.count)] {
                    group.addTask {
                        let measurement = try await Self.settled {
                            try await RouterOSServer.with(
                                .init(
                                    accounts: accounts, statuses: statuses,
                                    sendsFromOtherPort: statuses == .oddBytes)
                            ) { _, port in
                                let measurement = await Self.run(port, test, login: method != .none)
                                return (measurement, Self.isNear(measurement, test))
                            }
                        }
                        return (test, measurement)
                    }
                }
                for try await (test, measurement) in group {
                    let name = Comment(rawValue: "\(test.testDescription): \(measurement)".prefix(300).description)
                    #expect(Self.isNear(measurement, test), name)
                    #expect(measurement.authentication == method)
                    #expect(!measurement.hasFewerConnections, name)
                    for transfer in [measurement.download, measurement.upload].compactMap(\.self) {
                        #expect(transfer.flows == test.connections, name)
                    }
                    if test.transport == .udp, let download = measurement.download {
                        #expect(download.packets?.lost == 0 && download.packets?.duplicates == 0, name)
                    }
                    if test.direction.includesUpload { #expect(measurement.remoteCPU == 0.3, name) }
                }
            }
        }
    }

    @Test(arguments: [2, 4, 20])
    func `an answer to a join, wherever it is cut, is no data`(connections: Int) async throws {
        for direction in BtestCommand.Direction.allCases {
            try await RouterOSServer.with(.init(answersJoins: true)) { server, port in
                let test = BtestMode(transport: .tcp, direction: direction, connections: connections)
                let measurement = await Self.run(port, test, duration: .milliseconds(400))
                #expect(measurement.error == nil && !measurement.hasFewerConnections)
                // 8192 zeros at a time: four bytes more of each join would show.
                if direction == .download {
                    let bytes = measurement.download?.bytes ?? 0
                    #expect(bytes > 0 && bytes <= Int64(server.sent))
                }
            }
        }
    }

    @Test(arguments: [false, true], [BtestCommand.Direction.download, .upload])
    func `joins that are not taken hold up nobody, and the result tells how many connections there were`(
        isSilent: Bool, direction: BtestCommand.Direction
    ) async throws {
        let manner = RouterOSServer.Manner(takenJoins: 1, leavesJoinsSilent: isSilent, patience: 1_500_000_000)
        try await RouterOSServer.with(manner) { _, port in
            let began = MonotonicClock.now()
            let test = BtestMode(transport: .tcp, direction: direction, connections: 4)
            let measurement = await Self.run(port, test, duration: .seconds(3), timeout: .milliseconds(500))
            #expect(measurement.error == nil)
            #expect(measurement.hasFewerConnections)
            let transfer = direction == .download ? measurement.download : measurement.upload
            #expect(transfer?.flows == 2)
            #expect(transfer?.bytes ?? 0 > 100_000)
            #expect(MonotonicClock.now() - began < 7_000_000_000)
        }
    }

    @Test func `a server without a token serves one connection, at once`() async throws {
        try await RouterOSServer.with(.init(givesToken: false)) { _, port in
            let began = MonotonicClock.now()
            let test = BtestMode(transport: .tcp, direction: .download, connections: 20)
            let measurement = await Self.run(port, test, duration: .milliseconds(400))
            #expect(measurement.error == nil)
            #expect(measurement.hasFewerConnections)
            #expect(measurement.download?.flows == 1)
            #expect(MonotonicClock.now() - began < 2_000_000_000)
        }
    }

    @Test(arguments: [RouterOSServer.Statuses.lossy, .boasting, .none, .zeroLoad, .highBit], [1, 4])
    func `both ways the upload is what was acknowledged, whatever the server tells or does not tell`(
        statuses: RouterOSServer.Statuses, connections: Int
    ) async throws {
        // One connection's own count loses nothing.
        guard statuses != .lossy || connections > 1 else { return }
        let test = BtestMode(transport: .tcp, direction: .both, connections: connections)
        let measurement = try await Self.settled {
            try await RouterOSServer.with(.init(statuses: statuses)) { _, port in
                let measurement = await Self.run(port, test, duration: .milliseconds(3300))
                return (measurement, Self.isNear(measurement, test))
            }
        }
        #expect(Self.isNear(measurement, test), "\(measurement.error as Any) \(Self.rate(measurement.upload))")
    }

    @Test func `that nothing arrived is only said where statuses say so`() async throws {
        try await RouterOSServer.with(.init(statuses: .none)) { _, port in
            let test = BtestMode(transport: .udp, direction: .upload, connections: 1)
            #expect(await Self.run(port, test).error == .noReports)
        }
    }
}
