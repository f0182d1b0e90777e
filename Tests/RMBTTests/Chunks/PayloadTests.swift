import Foundation
import Sockets
import Synchronization
import Testing
import TestSupport

@testable import RMBT

/// The chunks of both sides: exact in number and size, and worth nothing to whoever compresses or remembers.
@Suite(.onlyComputes) struct PayloadTests {
    /// What the server sends for GETCHUNKS.
    private func download(count: Int, size: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        try await LoopbackServer.with { port in
            let token = LoopbackServer.token()
            bytes = await DataThread.run("client") {
                guard let peer = RawPeer(connectingTo: port), peer.logIn(token) else { return [] }
                peer.send("GETCHUNKS \(count) \(size)\n")
                let bytes = peer.read(count * size)
                peer.send("OK\n")
                // Nothing may stand between the last chunk and the answer.
                return peer.readLine()?.hasPrefix("TIME ") == true ? bytes : []
            }
        }
        return bytes
    }

    /// What the client sends for an upload.
    private func upload(count: Int, size: Int) async throws -> [UInt8] {
        let received = Mutex<[UInt8]>([])
        var script = ScriptedDialogue(replies: 5)
        script.ending = { peer in
            peer.send("OK\n")
            let bytes = peer.read(count * size)
            received.withLock { $0 = bytes }
        }
        try await ScriptedServer.with({ [script] in script($0) }) { port in
            let socket = await DataThread.run("connect") {
                StreamConnector.connect(
                    host: "127.0.0.1", port: port, stop: StopSignal(), until: MonotonicClock.now() + 2_000_000_000)
            }
            let (connection, _) = await RMBTConnection.open(
                try socket.get(), tls: nil, serverName: nil, token: "t", timeout: 5)
            // The script ends the connection when it has all.
            _ = await connection?.upload(
                .init(chunkSize: size, ending: .chunks(count), duration: nil), timeout: 10, reports: .none,
                origin: 0, meter: nil)
        }
        return received.withLock { $0 }
    }

    private func check(_ bytes: [UInt8], count: Int, size: Int) {
        #expect(bytes.count == count * size)
        guard bytes.count == count * size else { return }
        for chunk in 1...count {
            #expect(bytes[chunk * size - 1] == (chunk == count ? 0xFF : 0))
        }
    }

    @Test(arguments: [
        (1, 4096), (2, 4096), (33, 4096), (32, 4097), (3, 131_071), (3, 131_072), (3, 131_073), (2, 4_194_304),
        // From 4 MiB on a thread sends.
        (1024, 4096), (1025, 4097), (17, 262_144), (16, 262_143), (17, 262_145), (1, 4_194_304),
    ])
    func `chunks have the size that was asked for and end as they should`(count: Int, size: Int) async throws {
        check(try await download(count: count, size: size), count: count, size: size)
        check(try await upload(count: count, size: size), count: count, size: size)
    }

    @Test(arguments: [(256, 4096), (8, 131_072), (1024, 4096)])
    func `no two chunks are equal, and no eight bytes come twice`(count: Int, size: Int) async throws {
        for bytes in [try await download(count: count, size: size), try await upload(count: count, size: size)] {
            #expect(bytes.count == count * size)
            let chunks = Set(stride(from: 0, to: bytes.count, by: size).map { bytes[$0..<($0 + size)] })
            #expect(chunks.count == count)
            let words = bytes.withUnsafeBytes { Set($0.bindMemory(to: UInt64.self)) }
            #expect(words.count == bytes.count / 8)
        }
    }

    @Test func `chunks have the entropy of random bytes`() async throws {
        for bytes in [try await download(count: 256, size: 4096), try await upload(count: 1, size: 1 << 20)] {
            #expect(entropy(of: bytes, step: 1) > 7.99)
            // Every eighth byte: a counter or a generator with weak low bits would show here.
            #expect(entropy(of: bytes, step: 8) > 7.99)
            // Differences of neighbours: a ramp would show here.
            #expect(entropy(of: zip(bytes, bytes.dropFirst()).map { $0 &- $1 }, step: 1) > 7.99)
        }
    }

    /// Bits per byte, by the frequency of each value.
    private func entropy(of bytes: [UInt8], step: Int) -> Double {
        var counts = [Int](repeating: 0, count: 256)
        var total = 0.0
        for index in stride(from: 0, to: bytes.count, by: step) {
            counts[Int(bytes[index])] += 1
            total += 1
        }
        return counts.reduce(0) { sum, count in
            guard count > 0 else { return sum }
            let share = Double(count) / total
            return sum - share * log2(share)
        }
    }
}
