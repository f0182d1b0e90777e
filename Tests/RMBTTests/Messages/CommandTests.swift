import TestSupport
import Testing

@testable import RMBT

@Suite(.onlyComputes) struct CommandTests {
    @Test(arguments: [
        (RMBTCommand.token("a_1_b="), "TOKEN a_1_b=\n"), (.getChunks(count: 1, size: nil), "GETCHUNKS 1\n"),
        (.getChunks(count: 300_000, size: 4_194_304), "GETCHUNKS 300000 4194304\n"),
        (.getTime(seconds: 7, size: nil), "GETTIME 7\n"), (.getTime(seconds: 30, size: 4096), "GETTIME 30 4096\n"),
        (.put(size: nil), "PUT\n"), (.put(size: 8192), "PUT 8192\n"), (.putNoResult(size: nil), "PUTNORESULT\n"),
        (.putNoResult(size: 4096), "PUTNORESULT 4096\n"), (.putTimeResult(size: nil), "PUTTIMERESULT\n"),
        (.putTimeResult(size: 4096), "PUTTIMERESULT 4096\n"), (.ping, "PING\n"), (.ok, "OK\n"), (.quit, "QUIT\n"),
    ])
    func `every command is written as the specification has it and read back`(command: RMBTCommand, line: String) {
        #expect(command.line == line)
        #expect(RMBTCommand(decoding: String(line.dropLast())) == command)
    }

    @Test func `leading zeros change no number`() {
        #expect(RMBTCommand(decoding: "GETTIME 07 0004096") == .getTime(seconds: 7, size: 4096))
    }

    @Test(arguments: [
        "GETCHUNKS  1", "GETCHUNKS 1  4096", " GETCHUNKS 1", "GETCHUNKS 1 ", "GETCHUNKS 1 4096 ", "GETCHUNKS\t1",
        "GETCHUNKS 1\t4096", "GETCHUNKS 1\t", "GETTIME  7", "GETTIME 7 ", "PUT ", "PUT  4096", " PUT", "PUT\t",
        "PUT +4096",
        "PUTNORESULT ", "PUTNORESULT  4096", "PUTTIMERESULT  4096", " PING", "PING ", "PING\t", "OK ", " OK", "QUIT ",
        "\tQUIT", "TOKEN ", "TOKEN  a", "TOKEN a ", " TOKEN a", "GETCHUNKS 0000000000000000001", "GETCHUNKS ٣",
        "", " ", "get", "ping", "PING 1", "OK OK", "QUIT now", "TOKEN", "TOKEN a b", "GETCHUNKS", "GETTIME",
        "GETCHUNKS 1 2 3", "GETTIME 1 2 3", "PUT 1 2", "PUTNORESULT 1 2", "GETCHUNKS -1", "GETCHUNKS +1", "GETCHUNKS x",
        "GETCHUNKS 1 -4096", "GETCHUNKS 1 4096.0", "GETTIME 1 0x1000", "GETTIME 9223372036854775808",
        "GETCHUNKS 1234567890123456789", "PUT 18446744073709551616", "PUT -9223372036854775808", "PUT ٤٠٩٦",
        "PUTTIMERESULT 4096 100", "PUTTIMERESULT x", "GETCHUNKS 1e3", "GET /rmbt HTTP/1.1",
    ])
    func `what is no command is none`(line: String) {
        #expect(RMBTCommand(decoding: line) == nil)
    }

    @Test func `numbers of 18 digits are read, limits are the session's affair`() {
        #expect(
            RMBTCommand(decoding: "GETCHUNKS 999999999999999999 0")
                == .getChunks(count: 999_999_999_999_999_999, size: 0))
    }
}
