import NIOCore
import TestSupport
import Testing

@testable import RMBT

@Suite(.onlyComputes) struct LineBufferTests {
    /// Feeds `pieces` one after the other and returns the lines that came out.
    private func lines(_ pieces: [[UInt8]], skippingLeadingNULs: Bool = false) throws -> [String] {
        var buffer = LineBuffer(skippingLeadingNULs: skippingLeadingNULs)
        var input = ByteBuffer()
        var lines: [String] = []
        for piece in pieces {
            input.append(ByteBuffer(bytes: piece))
            while let line = try buffer.nextLine(in: &input) { lines.append(line) }
        }
        return lines
    }

    @Test func `lines cut at every byte come out whole`() throws {
        let bytes = Array("RMBTv1.3.5\nACCEPT TOKEN QUIT\r\nOK\n\nBYE\r\n".utf8)
        let expected = ["RMBTv1.3.5", "ACCEPT TOKEN QUIT", "OK", "", "BYE"]
        for cut in 0...bytes.count {
            #expect(try lines([Array(bytes[..<cut]), Array(bytes[cut...])]) == expected)
        }
        #expect(try lines(bytes.map { [$0] }) == expected)
    }

    @Test func `NULs before the first line are skipped, later ones are not`() throws {
        let greeting = [UInt8](repeating: 0, count: 3) + Array("RMBTv1\n".utf8)
        #expect(try lines([greeting], skippingLeadingNULs: true) == ["RMBTv1"])
        #expect(try lines(greeting.map { [$0] }, skippingLeadingNULs: true) == ["RMBTv1"])
        #expect(throws: LineBuffer.Failure.notText) { try lines([greeting]) }
        #expect(throws: LineBuffer.Failure.notText) {
            try lines([greeting + [0] + Array("OK\n".utf8)], skippingLeadingNULs: true)
        }
    }

    @Test func `a line may have 1024 bytes with its end, and no more`() throws {
        let longest = [UInt8](repeating: 65, count: LineBuffer.limit - 1)
        #expect(try lines([longest, [10]]) == [String(repeating: "A", count: LineBuffer.limit - 1)])
        #expect(throws: LineBuffer.Failure.lineTooLong) { try lines([longest + [65]]) }
        #expect(throws: LineBuffer.Failure.lineTooLong) { try lines([longest + [65, 10]]) }
        #expect(throws: LineBuffer.Failure.lineTooLong) { try lines([[UInt8](repeating: 65, count: 1 << 20)]) }
    }

    @Test func `what is no text is refused before its line ends`() {
        for byte in [UInt8(0), 7, 0x1B, 0x7F, 0x80, 0xFF] {
            #expect(throws: LineBuffer.Failure.notText) { try lines([[65, byte, 65]]) }
            #expect(throws: LineBuffer.Failure.notText) { try lines([[65, byte, 10]]) }
        }
        #expect(throws: LineBuffer.Failure.notText) { try lines([Array("A\rB\n".utf8)]) }
    }
}
