import NIOCore
import TestSupport
import Testing

@testable import RMBT

@Suite(.onlyComputes) struct ByteBufferAppendingTests {
    @Test func `a peer that always leaves half a line does not make the buffer grow`() throws {
        var lines = LineBuffer()
        var input = ByteBuffer(string: "PI")
        var count = 0
        for _ in 0..<10_000 {
            input.append(ByteBuffer(string: "NG\nPI"))
            while try lines.nextLine(in: &input) != nil { count += 1 }
        }
        #expect(count == 10_000)
        #expect(input.capacity < 4096)
    }

    @Test func `what is unread comes first`() {
        var input = ByteBuffer(string: "ab")
        input.moveReaderIndex(forwardBy: 1)
        input.append(ByteBuffer(string: "cd"))
        #expect(String(buffer: input) == "bcd")
        input.moveReaderIndex(forwardBy: 3)
        input.append(ByteBuffer(string: "e"))
        #expect(String(buffer: input) == "e")
    }
}
