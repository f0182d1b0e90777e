import TestSupport
import Testing
import Transfer

@testable import Btest

/// Every mode once: protocol, direction, address family, login and number of connections.
///
/// Tests of a limited rate hardly disturb one another, so those of one server run at once.
@Suite(.usesSockets) struct MatrixTests {
    private static let limit = 10e6

    private static let cases = BtestMode.all(connections: [1, 4])

    @Test(arguments: ["127.0.0.1", "::1"], BtestAuthentication.allCases)
    func `every mode measures, by each family and after each login`(
        host: String, method: BtestAuthentication
    ) async throws {
        let accounts = try SessionFixtures.accounts(method)
        try await LoopbackServer.with(accounts: accounts, host: host) { port in
            // Three at once: more would measure how busy this machine is.
            for start in stride(from: 0, to: Self.cases.count, by: 3) {
                await withTaskGroup(of: (BtestMode, BtestMeasurement).self) { group in
                    for test in Self.cases[start..<min(start + 3, Self.cases.count)] {
                        group.addTask { (test, await Self.run(test, host: host, port: port, method)) }
                    }
                    for await (test, measurement) in group { Self.expect(measurement, of: test) }
                }
            }
        }
    }

    /// A test that is held up so long that it carries little is run again, up to three times: other processes are nothing to
    /// measure.
    private static func run(
        _ test: BtestMode, host: String, port: Int, _ method: BtestAuthentication
    ) async -> BtestMeasurement {
        var measurement = BtestMeasurement()
        for _ in 0..<4 {
            measurement = await BtestClient(
                .init(
                    host: host, port: port, userName: method == .none ? nil : "u", password: "right",
                    requiredAuthentication: method, transport: test.transport, direction: test.direction,
                    duration: .milliseconds(500), bitsPerSecond: limit, connections: test.connections)
            ).run()
            expectAlways(measurement, of: test, method)
            let flowed = transfers(measurement).allSatisfy { $0.rate?.bitsPerSecond ?? 0 > 0.3 * limit }
            if measurement.error == nil, flowed { break }
        }
        return measurement
    }

    private static func transfers(_ measurement: BtestMeasurement) -> [MeasuredTransfer] {
        [measurement.download, measurement.upload].compactMap(\.self)
    }

    /// What no machine is too busy for.
    private static func expectAlways(_ measurement: BtestMeasurement, of test: BtestMode, _ method: BtestAuthentication)
    {
        let name = Comment(rawValue: test.testDescription)
        #expect(measurement.authentication == method, name)
        #expect((measurement.download != nil) == test.direction.includesDownload, name)
        #expect((measurement.upload != nil) == test.direction.includesUpload, name)
        for transfer in transfers(measurement) { #expect(transfer.rate?.bitsPerSecond ?? 0 < 1.12 * limit, name) }
    }

    private static func expect(_ measurement: BtestMeasurement, of test: BtestMode) {
        let name = Comment(rawValue: test.testDescription)
        #expect(measurement.error == nil, name)
        for transfer in transfers(measurement) {
            #expect(transfer.rate?.bitsPerSecond ?? 0 > 0.3 * limit, name)
            if test.transport == .udp { #expect(transfer.packets?.lost == 0, name) }
        }
        if let download = measurement.download { #expect(download.connections.count == test.connections, name) }
        if test.transport == .tcp, let upload = measurement.upload {
            #expect(upload.connections.count == test.connections, name)
        }
    }
}
