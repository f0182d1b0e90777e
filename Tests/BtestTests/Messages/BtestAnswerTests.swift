import TestSupport
import Testing

@testable import Btest

@Suite(.onlyComputes) struct BtestAnswerTests {
    private static let answers: [BtestAnswer] = [
        .begin(token: nil), .begin(token: 0x0200), .begin(token: .max), .begin(token: 0x00FF), .ecSRP5, .refused,
        .md5(nonce: (0..<16).map { $0 }),
    ]

    @Test(arguments: answers)
    func `an answer is read at every cut and leaves what follows it`(answer: BtestAnswer) {
        let wire = answer.encoded
        for count in 0..<wire.count { #expect(BtestAnswer.decode(wire.prefix(count)) == .incomplete) }
        for surplus in 0..<30 {
            let bytes = wire + [UInt8](repeating: 0xEE, count: surplus)
            #expect(BtestAnswer.decode(bytes) == .answer(answer, length: wire.count))
        }
    }

    @Test func `the answers on the wire are those of the protocol`() {
        #expect(BtestAnswer.begin(token: nil).encoded == [1, 0, 0, 0])
        #expect(BtestAnswer.begin(token: 0x1234).encoded == [1, 0x12, 0x34, 0])
        #expect(BtestAnswer.refused.encoded == [0, 0, 0, 0])
        #expect(BtestAnswer.ecSRP5.encoded == [3, 0, 0, 0])
        #expect(BtestAnswer.md5(nonce: [9]).encoded == [2, 0, 0, 0, 9])
    }

    @Test func `four bytes that are no answer are invalid at once`() {
        for first: UInt8 in 0...255 {
            for place in 1...3 where first > 3 || first != 1 || place == 3 {
                var bytes: [UInt8] = [first, 0, 0, 0]
                bytes[place] = 1
                #expect(BtestAnswer.decode(bytes) == .invalid)
            }
        }
    }
}
