import TestSupport
import Testing

@testable import Btest

/// Nothing that a peer can send traps, and a session that has ended says no more.
@Suite(.onlyComputes) struct FuzzTests {
    /// What each side hears in an honest conversation, as one stream.
    private func transcripts(_ method: BtestAuthentication) throws -> (client: [UInt8], server: [UInt8]) {
        var conversation = Conversation(
            client: try SessionFixtures.client(), server: try SessionFixtures.server(SessionFixtures.accounts(method)))
        conversation.run()
        return (conversation.serverSaid.flatMap(\.self), conversation.clientSaid.flatMap(\.self))
    }

    private func mutated(_ stream: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var stream = stream
        for _ in 0..<Int.random(in: 1...3, using: &random) where !stream.isEmpty {
            let place = Int.random(in: 0..<stream.count, using: &random)
            switch Int.random(in: 0...4, using: &random) {
            case 0: stream[place] = UInt8.random(in: .min ... .max, using: &random)
            case 1: stream[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
            case 2: stream.remove(at: place)
            case 3: stream.insert(UInt8.random(in: .min ... .max, using: &random), at: place)
            default: stream = Array(stream[..<place]) + noise(Int.random(in: 0...300, using: &random), &random)
            }
        }
        return stream + noise(Int.random(in: 0...20, using: &random), &random)
    }

    private func noise(_ count: Int, _ random: inout SeededGenerator) -> [UInt8] {
        let small = Bool.random(using: &random)
        return (0..<count).map { _ in
            small ? UInt8.random(in: 0...3, using: &random) : UInt8.random(in: .min ... .max, using: &random)
        }
    }

    private func pieces(_ stream: [UInt8], _ random: inout SeededGenerator) -> [ArraySlice<UInt8>] {
        var rest = stream[...]
        var pieces: [ArraySlice<UInt8>] = []
        while !rest.isEmpty {
            let count = min(Int.random(in: 1...(Bool.random(using: &random) ? 4 : 400), using: &random), rest.count)
            pieces.append(rest.prefix(count))
            rest = rest.dropFirst(count)
        }
        return pieces
    }

    @Test(arguments: [(BtestAuthentication.none, 3000), (.md5, 3000), (.ecSRP5, 250)])
    func `a client's session bears whatever a server says, in any pieces`(
        method: BtestAuthentication, rounds: Int
    ) throws {
        var random = SeededGenerator(seed: 11)
        let honest = try transcripts(method).client
        for round in 0..<rounds {
            let stream = round.isMultiple(of: 4) ? [1, 0, 0, 0] + noise(300, &random) : mutated(honest, &random)
            var session = try SessionFixtures.client()
            var ends = 0
            var surplus = 0
            var said: [BtestClientSession.Action] = []
            for piece in pieces(stream, &random) {
                #expect(ends == 0 || session.bytesReceived(piece).isEmpty)
                guard ends == 0 else { continue }
                for action in session.bytesReceived(piece) {
                    #expect(ends == 0)
                    switch action {
                    case .send: said.append(action)
                    case .fail: ends += 1
                    case .startTransfer(_, let bytes):
                        ends += 1
                        surplus = bytes.count
                    }
                }
            }
            #expect(ends <= 1 && said.count <= 3 && surplus <= stream.count)
            var whole = try SessionFixtures.client()
            let actions = whole.bytesReceived(stream)
            #expect(actions.filter { if case .send = $0 { true } else { false } } == said)
        }
    }

    @Test(arguments: [(BtestAuthentication.none, 3000), (.md5, 3000), (.ecSRP5, 250)])
    func `a server's session bears whatever a client says, in any pieces`(
        method: BtestAuthentication, rounds: Int
    ) throws {
        var random = SeededGenerator(seed: 12)
        let honest = try transcripts(method).server
        let accounts = try SessionFixtures.accounts(method)
        for round in 0..<rounds {
            let stream =
                round.isMultiple(of: 4) ? [1] + noise(15, &random) + noise(300, &random) : mutated(honest, &random)
            var session = try SessionFixtures.server(accounts)
            var said: [BtestServerSession.Action] = []
            var ends = 0
            for piece in pieces(stream, &random) {
                for action in session.bytesReceived(piece) {
                    #expect(ends == 0)
                    said.append(action)
                    if case .send = action { continue }
                    ends += 1
                }
            }
            var whole = try SessionFixtures.server(accounts)
            #expect(whole.bytesReceived(stream) == said)
        }
    }

    @Test func `the codecs bear any bytes`() {
        var random = SeededGenerator(seed: 13)
        for _ in 0..<5000 {
            let bytes = noise(Int.random(in: 0...64, using: &random), &random)
            if case .answer(let answer, let length) = BtestAnswer.decode(bytes) {
                #expect(answer.encoded == Array(bytes.prefix(length)))
            }
            if let status = BtestStatus(decoding: bytes) { #expect(status.cpuPercent <= 100) }
            if let command = try? BtestCommand(decoding: bytes) { #expect(command.transmitSize > 0) }
            if let response = MD5Response(decoding: bytes) { #expect(response.encoded.count == 48) }
            if let token = BtestJoin.token(decoding: bytes) { #expect(token >= 0x0200) }
        }
    }

    @Test(arguments: [false, true])
    func `the scanner and the log bear any bytes in any pieces`(randomData: Bool) {
        var random = SeededGenerator(seed: 14)
        for _ in 0..<500 {
            var scanner = StatusScanner(randomData: randomData)
            var log = BtestStatusLog()
            var (heard, data, statuses) = (0, 0, 0)
            for piece in pieces(
                (0..<20).flatMap { _ in
                    [7, 0x80 | UInt8.random(in: 0...127, using: &random)]
                        + noise(Int.random(in: 0...14, using: &random), &random)
                }, &random)
            {
                heard += piece.count
                data += Array(piece).withUnsafeBytes { bytes in
                    scanner.scan(bytes) {
                        log.received($0, at: 0)
                        statuses += 1
                    }
                }
                let held = heard - data - statuses * BtestStatus.length
                #expect(held >= 0 && held < BtestStatus.length)
            }
        }
    }
}
