import TestSupport
import Testing

@testable import Btest

@Suite(.onlyComputes) struct BtestCommandTests {
    private let wire = BtestCommand(transport: .tcp, direction: .both).encoded

    private func invalid(_ change: (inout [UInt8]) -> Void) -> BtestCommand.Invalid? {
        var wire = wire
        change(&wire)
        do {
            _ = try BtestCommand(decoding: wire)
            return nil
        } catch {
            return error
        }
    }

    @Test func `an unknown protocol or direction cannot be served`() {
        for value: UInt8 in [2, 7, 128, 255] {
            #expect(invalid { $0[0] = value } == .unknownProtocol(value))
        }
        for value: UInt8 in [0, 4, 128, 255] {
            #expect(invalid { $0[1] = value } == .unknownDirection(value))
        }
        #expect(invalid { $0[1] = 3 } == nil)
    }

    @Test func `a size that no packet can have cannot be served`() {
        #expect(invalid { $0.replaceSubrange(4...5, with: [0, 0]) } == .transmitSize(0))
        #expect(invalid { $0.replaceSubrange(4...5, with: [1, 0]) } == nil)
        for size: UInt8 in 0...4 {
            let expected: BtestCommand.Invalid? = size < 4 ? .transmitSize(UInt16(size)) : nil
            #expect(invalid { $0 = [0] + $0[1...3] + [size, 0] + $0[6...] } == expected)
        }
    }

    @Test func `a command has sixteen bytes`() {
        for count in 0...40 where count != 16 {
            #expect(invalid { $0 = [UInt8](repeating: 1, count: count) } == .length(count))
        }
    }

    @Test func `each reason has its words`() {
        #expect(BtestCommand.Invalid.length(3).description == "a command of 3 bytes instead of 16")
        #expect(
            BtestCommand.Invalid.unknownProtocol(2).description == "protocol 2, which is neither UDP (0) nor TCP (1)")
        #expect(BtestCommand.Invalid.unknownDirection(4).description == "direction 4, which is not 1, 2 or 3")
        #expect(BtestCommand.Invalid.transmitSize(0).description == "tx-size 0, which no packet can have")
    }

    @Test func `random commands survive the wire`() throws {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<1000 {
            var wire = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            wire[0] %= 2
            wire[1] = wire[1] % 3 + 1
            wire[2] %= 2
            wire[4] |= 4
            #expect(try BtestCommand(decoding: wire).encoded == wire)
        }
    }

    @Test(arguments: BtestCommand.Direction.allCases)
    func `a limit goes into the field of the direction it is for`(direction: BtestCommand.Direction) {
        let command = BtestClient.Configuration(host: "h", direction: direction, bitsPerSecond: 5e6).command
        #expect(command.remoteTransmitSpeed == (direction.includesDownload ? 5_000_000 : 0))
        #expect(command.localTransmitSpeed == (direction.includesUpload ? 5_000_000 : 0))
    }

    @Test func `a limit beyond 32 bits stays out of the command and one below a bit does not lift it`() {
        func field(_ limit: Double) -> UInt32 {
            BtestClient.Configuration(host: "h", bitsPerSecond: limit).command.remoteTransmitSpeed
        }
        #expect(field(4_294_967_295) == .max)
        #expect(field(4_294_967_296) == 0)
        // UDP's receiver cannot slow its sender: it asks for as much as it can ask for.
        let command = BtestClient.Configuration(host: "h", transport: .udp, bitsPerSecond: 5e9).command
        #expect(command.remoteTransmitSpeed == .max)
        #expect(field(1e300) == 0)
        #expect(field(0.3) == 1)
    }

    @Test func `one connection is asked for without a token and more by their number`() {
        func count(_ connections: Int) -> UInt8 {
            BtestClient.Configuration(host: "h", connections: connections).command.connectionCount
        }
        #expect([1, 2, 20, 255, 256].map(count) == [0, 2, 20, 255, 255])
    }
}
