import Foundation
import Sockets
import Synchronization
import TestSupport
import Testing
import Transfer

@testable import RMBT

/// A receiver that is woken by a low-water mark: less than the mark is counted in time, and the ends of chunks and connections wake it.
@Suite(.usesSockets, .timeLimit(.minutes(1))) struct StalledChunkTests {
    private static let size = 1 << 20
    private static let piece = 1000
    private static let wait: Int64 = 20_000_000
    /// Never sinks with the rate: every piece lies below it.
    private static let high = LowWaterMark(least: 1 << 18, longestWait: wait)
    /// Nobody looks before a test is over.
    private static let blind = LowWaterMark(least: 1 << 18, longestWait: 600_000_000_000)

    private static func bytes(_ count: Int, end: UInt8 = 7) -> [UInt8] {
        [UInt8](repeating: 7, count: count - 1) + [end]
    }

    /// The server's side until its client has asked for one chunk.
    private static func greet(_ peer: RawPeer) {
        peer.send("RMBTv1.5.0\nACCEPT TOKEN QUIT\n")
        _ = peer.readLine()
        peer.send("OK\nCHUNKSIZE 4096 4096 4194304\nACCEPT GETCHUNKS GETTIME PUT PUTNORESULT PING QUIT\n")
        _ = peer.readLine()
    }

    private static func serve(
        mark: LowWaterMark, onPort body: @escaping @Sendable (RawPeer) -> Void
    ) async throws {
        try await LoopbackServer.with(checksTokens: false, configure: { $0.uploadMark = mark }) { port in
            await DataThread.run("client") {
                guard let peer = RawPeer(connectingTo: port), peer.logIn("any") else {
                    Issue.record("no session")
                    return
                }
                body(peer)
            }
        }
    }

    @Test func `what a stalled download has brought is counted in time`() async throws {
        #expect(SocketDrain.mark.longestWait == 2_000_000)
        let meter = ByteMeter()
        let waits = Mutex<[Int64?]>([])
        let (outcome, _) = try await LyingServerTests.operate(
            { peer in
                Self.greet(peer)
                for sent in 1...10 {
                    peer.send(Self.bytes(Self.piece))
                    let began = MonotonicClock.now()
                    while meter.bytes < Int64(sent * Self.piece), MonotonicClock.now() < began + 2_000_000_000 {
                        usleep(500)
                    }
                    let wait = MonotonicClock.now() - began
                    let isCounted = meter.bytes == Int64(sent * Self.piece)
                    waits.withLock { $0.append(isCounted ? wait : nil) }
                    guard isCounted else { return }
                }
                peer.send(Self.bytes(Self.size - 10 * Self.piece, end: 0xFF))
                _ = peer.readLine()
                peer.send("TIME 1\nACCEPT GETCHUNKS GETTIME PUT PUTNORESULT PING QUIT\n")
                peer.drain()
            }, mark: Self.high
        ) { await $0.getChunks(1, size: Self.size, timeout: 20, meter: meter) }
        let counted = waits.withLock { $0 }
        #expect(counted.count == 10)
        #expect(counted.allSatisfy { $0 ?? .max < Self.wait + 1_000_000_000 })
        #expect(outcome.error == nil)
        #expect(outcome.bytes == Int64(Self.size))
    }

    @Test func `what a stalled upload has brought is counted in time`() async throws {
        let line = Mutex<String?>(nil)
        try await Self.serve(mark: Self.high) { peer in
            peer.send("PUTTIMERESULT \(Self.size)\n")
            _ = peer.readLine()
            // The first may come before the server has set its mark.
            for _ in 0..<3 {
                peer.send(Self.bytes(Self.piece))
                usleep(50_000)
            }
            // The server says nothing before the upload's end.
            usleep(600_000)
            peer.send(Self.bytes(Self.size - 3 * Self.piece, end: 0xFF))
            line.withLock { $0 = peer.skip(to: "TIMERESULT") }
        }
        let answer = try #require(line.withLock { $0 })
        let numbers = answer.split { !$0.isNumber }.compactMap { Int64($0) }
        // Pairs of an instant and the bytes until then.
        let index = try #require(numbers.firstIndex(of: Int64(3 * Self.piece)))
        #expect(numbers[index - 1] < 600_000_000)
    }

    @Test func `a download's last chunk wakes a receiver that would not look`() async throws {
        let (outcome, _) = try await LyingServerTests.operate(
            ScriptedDialogue().callAsFunction, mark: Self.blind
        ) { await $0.getChunks(3, size: Self.size, timeout: 10, meter: nil) }
        #expect(outcome.error == nil)
        #expect(outcome.bytes == Int64(3 * Self.size))
    }

    @Test(arguments: [1, 10, 20_000]) func `an upload's last chunk wakes a receiver that would not look`(
        last: Int
    ) async throws {
        let answer = Mutex<String?>(nil)
        try await Self.serve(mark: Self.blind) { peer in
            peer.send("PUTNORESULT \(Self.size)\n")
            _ = peer.readLine()
            peer.send(Self.bytes(Self.size, end: 0))
            peer.send(Self.bytes(Self.size - last))
            usleep(20_000)
            peer.send(Self.bytes(last, end: 0xFF))
            answer.withLock { $0 = peer.readLine() }
        }
        #expect(answer.withLock { $0 }?.hasPrefix("TIME ") == true)
    }

    @Test(arguments: [true, false]) func `an end amid a chunk is heard by a receiver that would not look`(
        isReset: Bool
    ) async throws {
        let (outcome, _) = try await LyingServerTests.operate(
            { peer in
                Self.greet(peer)
                peer.send(Self.bytes(Self.size / 2))
                if isReset { peer.reset() } else { peer.shutDownSending() }
                peer.drain()
            }, mark: Self.blind
        ) { await $0.getChunks(1, size: Self.size, timeout: 10, meter: nil) }
        #expect(outcome.error == .closed(step: "the rest of the chunks"))

        let isClosed = Mutex(false)
        try await Self.serve(mark: Self.blind) { peer in
            peer.send("PUTNORESULT \(Self.size)\n")
            _ = peer.readLine()
            peer.send(Self.bytes(Self.size / 2))
            if isReset { peer.reset() } else { peer.shutDownSending() }
            isClosed.withLock { $0 = peer.drain() != nil }
        }
        #expect(isClosed.withLock { $0 })
    }
}
