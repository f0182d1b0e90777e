import TestSupport
import Testing

@testable import Btest

@Suite(.onlyComputes) struct BtestJoinTests {
    @Test func `a join is read as it is written`() {
        for token: UInt16 in [0x0200, 0x1234, 0xFF00, .max] {
            #expect(BtestJoin.request(token: token).count == 16)
            #expect(BtestJoin.token(decoding: BtestJoin.request(token: token)) == token)
        }
        #expect(BtestJoin.request(token: 0x1234).prefix(4) == [0x12, 0x34, 2, 0])
    }

    @Test func `no command reads as a join and no join as a command`() {
        for transport in [BtestCommand.TransportProtocol.tcp, .udp] {
            let command = BtestCommand(transport: transport, direction: .both)
            #expect(BtestJoin.token(decoding: command.encoded) == nil)
        }
        #expect(throws: BtestCommand.Invalid.self) { try BtestCommand(decoding: BtestJoin.request(token: 0x0200)) }
        // Tokens that stand where a command's protocol stands are nobody's.
        #expect(BtestJoin.token(decoding: BtestJoin.request(token: 0x01FF)) == nil)
    }

    @Test func `what is not quite a join is none`() {
        let join = BtestJoin.request(token: 0x1234)
        for place in 2..<16 {
            var wire = join
            wire[place] ^= 1
            #expect(BtestJoin.token(decoding: wire) == nil)
        }
        #expect(BtestJoin.token(decoding: join.dropLast()) == nil)
        #expect(BtestJoin.token(decoding: join + [0]) == nil)
    }
}
