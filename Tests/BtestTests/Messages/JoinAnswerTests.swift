import Sockets
import Testing
import TestSupport
import Transfer

@testable import Btest

@Suite struct JoinAnswerTests {
    private static let token: UInt16 = 0x0742
    private static let answer: [UInt8] = [1, 0x07, 0x42, 0]

    /// The bytes that are left, and how many were held back and are data.
    private func removed(_ pieces: [[UInt8]], token: UInt16? = Self.token) -> (rest: [UInt8], data: Int) {
        var answer = JoinAnswer(token: token)
        var rest: [UInt8] = []
        var data = 0
        for piece in pieces {
            piece.withUnsafeBytes {
                let found = answer.removed(from: $0)
                rest += found.rest
                data += found.data
            }
        }
        return (rest, data)
    }

    @Test(arguments: 0...4, 0...4)
    func `an answer is taken away, wherever it is cut`(first: Int, second: Int) {
        let stream = Self.answer + [9, 8, 7]
        let cut = max(first, second)
        let pieces = [Array(stream[..<min(first, cut)]), Array(stream[min(first, cut)..<cut]), Array(stream[cut...])]
        let found = removed(pieces)
        #expect(found.rest == [9, 8, 7] && found.data == 0)
    }

    @Test(
        arguments: [[1, 7, 0x42, 1], [1, 7, 0x43, 0], [1, 8, 0x42, 0], [0, 0, 0, 0], [7, 0x80, 0, 0]] as [[UInt8]],
        0...4)
    func `what only begins as one is data, every byte of it`(beginning: [UInt8], cut: Int) {
        let found = removed([Array(beginning[..<cut]), Array(beginning[cut...]) + [9]])
        #expect(found.rest.count + found.data == 5)
    }

    @Test func `the first connection has none, and a second one is data`() {
        #expect(removed([Self.answer], token: nil).rest == Self.answer)
        #expect(removed([Self.answer + Self.answer]).rest == Self.answer)
    }

    @Test(.usesSockets, arguments: 0...4, [false, true])
    func `a counting receiver does not count it either`(cut: Int, isAnswer: Bool) async throws {
        let stream = (isAnswer ? Self.answer : [1, 0x07, 0x42, 9]) + [UInt8](repeating: 0, count: 1000)
        let count = try await ScriptedServer.with { peer in
            peer.say(Array(stream[..<cut]))
            ScriptedPeer.pause(milliseconds: 20)
            peer.say(Array(stream[cut...]))
        } _: { port in
            try await ScriptedPeer.run(port: port) { peer in
                let now = MonotonicClock.now()
                return StreamReceiver(
                    socket: peer.socket, stop: StopSignal(), meter: ByteMeter(), origin: now,
                    deadline: now + 2_000_000_000
                ).count(dropping: JoinAnswer(token: Self.token).bytes)
            }
        }
        #expect(count.bytes == (isAnswer ? 1000 : 1004))
        #expect(count.end == .peerClosed)
    }
}
