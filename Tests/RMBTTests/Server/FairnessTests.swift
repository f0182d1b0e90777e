import Foundation
import NIOCore
import Sockets
import Synchronization
import Testing
import TestSupport

@testable import RMBT

@Suite(.usesSockets, .timeLimit(.minutes(1))) struct FairnessTests {
    private final class Flag: Sendable {
        private let value = Mutex(false)
        var isRaised: Bool { value.withLock { $0 } }
        func raise() { value.withLock { $0 = true } }
    }

    /// A reader that is faster than the server never makes it wait; its event loop must read from others all the same.
    @Test func `downloads at full speed keep nobody else from being answered`() async throws {
        let isAnswered = Flag()
        try await LoopbackServer.with { port in
            // As many event loops as cores: some of these share theirs with a download, whichever gets which.
            let peers = try (0..<System.coreCount * 4).map { _ in try #require(RawPeer(connectingTo: port)) }
            let areIn = await DataThread.run("log in") { peers.allSatisfy { $0.logIn(LoopbackServer.token()) } }
            try #require(areIn)
            let (downloads, others) = (peers.prefix(peers.count / 2), peers.suffix(peers.count / 2))
            try await withThrowingTaskGroup(of: Int64?.self) { group in
                for peer in downloads {
                    group.addTask {
                        await DataThread.run("download") {
                            peer.send("GETTIME 4 1048576\n")
                            // As fast as it comes, and no longer than it takes.
                            let end = MonotonicClock.now() + 3_800_000_000
                            while MonotonicClock.now() < end, !isAnswered.isRaised,
                                peer.receive(1 << 20)?.isEmpty == false
                            {}
                            return nil
                        }
                    }
                }
                group.addTask {
                    await DataThread.run("pings") {
                        usleep(300_000)
                        let began = MonotonicClock.now()
                        for peer in others {
                            peer.send("PING\n")
                            guard peer.skip(to: "PONG") != nil else { return Int64.max }
                        }
                        isAnswered.raise()
                        return MonotonicClock.now() - began
                    }
                }
                for try await length in group {
                    if let length { #expect(length < 2_000_000_000) }
                }
            }
        }
    }
}
