import Foundation
import Sockets
import Synchronization
import Testing
import TestSupport
import Transfer

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

    @Test func `clients that do not read, or send more than they announced, leave the others their rate`() async throws
    {
        try await LoopbackServer.with(accounts: .open) { port in
            async let stuck: Void = ScriptedPeer.run(port: port) { peer in
                peer.say(BtestCommand(transport: .tcp, direction: .download, remoteTransmitSpeed: 40_000_000).encoded)
                _ = peer.hear(8)
                ScriptedPeer.pause(milliseconds: 3000)
            }
            async let flood: Void = ScriptedPeer.run(port: port) { peer in
                peer.say(BtestCommand(transport: .tcp, direction: .upload, localTransmitSpeed: 1000).encoded)
                _ = peer.hear(8)
                let began = MonotonicClock.now()
                while MonotonicClock.now() - began < 3_000_000_000 {
                    peer.say([UInt8](repeating: 0, count: 65_536))
                    ScriptedPeer.pause(milliseconds: 1)
                }
            }
            let measurements = await withTaskGroup(of: BtestMeasurement.self) { group in
                for _ in 0..<10 {
                    group.addTask {
                        await BtestClient(
                            .init(
                                host: "127.0.0.1", port: port, direction: .both, duration: .seconds(2),
                                bitsPerSecond: 1e6)
                        ).run()
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            for measurement in measurements {
                #expect(measurement.error == nil)
                for transfer in [measurement.download, measurement.upload].compactMap(\.self) {
                    #expect((0.7e6...1.1e6).contains(transfer.rate?.bitsPerSecond ?? 0))
                }
            }
            _ = try await (stuck, flood)
        }
    }

    @Test func `a server that is stopped ends all slow tests at once`() async throws {
        let ended = EndCount()
        let began = MonotonicClock.now()
        try await LoopbackServer.with(
            accounts: .open,
            limits: {
                $0.events = {
                    switch $0 {
                    case .testStarted: ended.started.add(1)
                    case .testEnded: ended.count.add(1)
                    default: break
                    }
                }
            }
        ) { port in
            // They are still there when the server is stopped.
            for index in 0..<20 {
                let peer = try await ScriptedPeer.run(port: port) { peer in
                    let upload = index.isMultiple(of: 2)
                    peer.say(
                        BtestCommand(
                            transport: .tcp, direction: upload ? .upload : .download, remoteTransmitSpeed: 1_000_000,
                            localTransmitSpeed: 1_000_000
                        ).encoded)
                    _ = peer.hear(8)
                    return peer.socket
                }
                ended.hold(peer)
            }
            for _ in 0..<500 where ended.started.bytes < 20 { try await Task.sleep(for: .milliseconds(10)) }
        }
        #expect(ended.count.bytes == 20)
        #expect(MonotonicClock.now() - began < 10_000_000_000)
    }

    /// Tests that ended, and connections that are held open.
    private final class EndCount: Sendable {
        let started = ByteMeter()
        let count = ByteMeter()
        private let sockets = Mutex<[SocketDescriptor]>([])

        func hold(_ socket: SocketDescriptor) { sockets.withLock { $0.append(socket) } }
    }
}
