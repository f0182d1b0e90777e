import Foundation
import TestSupport
import Testing

@testable import Btest

/// Many slow tests at once, at a server and of an agent, cost no threads each.
@Suite(.usesSockets) struct SlowSessionTests {
    private static func dataThreads() -> Int {
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
        return tasks.count {
            let name = (try? String(contentsOfFile: "/proc/self/task/\($0)/comm", encoding: .utf8)) ?? ""
            return name.hasPrefix("btest-")
        }
    }

    @Test(arguments: [BtestCommand.TransportProtocol.tcp, .udp], BtestCommand.Direction.allCases)
    func `forty slow tests have no threads of their own and are measured`(
        transport: BtestCommand.TransportProtocol, direction: BtestCommand.Direction
    ) async throws {
        try await LoopbackServer.with(accounts: .open) { port in
            let measurements = await withTaskGroup(of: BtestMeasurement?.self) { group in
                for _ in 0..<40 {
                    group.addTask {
                        await BtestClient(
                            .init(
                                host: "127.0.0.1", port: port, transport: transport, direction: direction,
                                duration: .seconds(3), bitsPerSecond: 1e6)
                        ).run()
                    }
                }
                group.addTask {
                    try? await Task.sleep(for: .seconds(2))
                    #expect(Self.dataThreads() == 0)
                    return nil
                }
                return await group.compactMap(\.self).reduce(into: []) { $0.append($1) }
            }
            #expect(measurements.count == 40)
            for measurement in measurements {
                #expect(measurement.error == nil)
                for transfer in [measurement.download, measurement.upload].compactMap(\.self) {
                    let rate = transfer.rate?.bitsPerSecond ?? 0
                    // Far from a measurement of accuracy, which a busy machine would spoil: none was starved.
                    #expect((0.7e6...1.1e6).contains(rate))
                }
            }
        }
    }
}
