import TestSupport
import Testing

@testable import RMBT

@Suite(.onlyComputes) struct ReplyTests {
    @Test(arguments: [
        ("RMBTv1.3.5", RMBTReply.greeting("RMBTv1.3.5")), ("RMBTv0.3", .greeting("RMBTv0.3")),
        ("ACCEPT TOKEN QUIT", .accept(["TOKEN", "QUIT"])), ("OK", .ok), ("ERR", .error), ("ERR no such token", .error),
        ("BYE", .bye), ("PONG", .pong), ("TIME 0", .time(0)),
        ("TIME 999999999999999999", .time(999_999_999_999_999_999)),
        ("TIME 5 BYTES 4096", .timeBytes(5, 4096)),
        ("TIMERESULT (5 4096)", .timeResult([.init(nanoseconds: 5, bytes: 4096)])),
        (
            "TIMERESULT (5 4096); (5 4096);(6 8192)",
            .timeResult([
                .init(nanoseconds: 5, bytes: 4096), .init(nanoseconds: 5, bytes: 4096),
                .init(nanoseconds: 6, bytes: 8192),
            ])
        ),
        ("CHUNKSIZE 4096 4096 4194304", .chunkSize(default: 4096, minimum: 4096, maximum: 4_194_304)),
        ("CHUNKSIZE 8192 4096 65536", .chunkSize(default: 8192, minimum: 4096, maximum: 65_536)),
    ])
    func `every reply is read`(line: String, reply: RMBTReply) {
        #expect(RMBTReply(decoding: line) == reply)
    }

    @Test func `the lines that clients compare as a whole are exact`() {
        #expect(RMBTReply.acceptToken == "ACCEPT TOKEN QUIT\n")
        #expect(RMBTReply.acceptCommands == "ACCEPT GETCHUNKS GETTIME PUT PUTNORESULT PING QUIT\n")
        #expect(
            RMBTReply(decoding: String(RMBTReply.acceptCommands.dropLast()))
                == .accept(["GETCHUNKS", "GETTIME", "PUT", "PUTNORESULT", "PING", "QUIT"]))
    }

    @Test func `version 0.3 names one chunk size and knows no other`() {
        #expect(
            RMBTReply(decoding: "CHUNKSIZE 4096") == .chunkSize(default: 4096, minimum: 4096, maximum: 4096))
    }

    @Test(arguments: [
        "CHUNKSIZE", "CHUNKSIZE 0", "CHUNKSIZE -1", "CHUNKSIZE 1", "CHUNKSIZE 4095", "CHUNKSIZE 9223372036854775808",
        "CHUNKSIZE 4194305", "CHUNKSIZE 0 0 0", "CHUNKSIZE 4096 0 4194304", "CHUNKSIZE 4096 -1 4194304",
        "CHUNKSIZE 4096 4096 9223372036854775808", "CHUNKSIZE 4096 4096 4194305", "CHUNKSIZE 4096 8192 4194304",
        "CHUNKSIZE 8192 4096 4096", "CHUNKSIZE 4096 4096", "CHUNKSIZE 4096 x 4194304", "CHUNKSIZE 4096 4096 4194304 1",
    ])
    func `chunk sizes that contradict each other or the specification are refused`(line: String) {
        #expect(RMBTReply(decoding: line) == nil)
    }

    @Test(arguments: [
        "", " ", "TIME", "TIME -1", "TIME +1", "TIME 1.5", "TIME 9223372036854775808", "TIME 1000000000000000000",
        "TIME 5 BYTES", "TIME 5 BYTES -1", "TIME -5 BYTES 1", "TIME 5 bytes 1", "TIME 5 BYTES 1 2",
        "TIME 5 BYTES 99999999999999999999", "TIMERESULT", "TIMERESULT ", "TIMERESULT 5 4096", "TIMERESULT (5 4096",
        "TIMERESULT (5 4096);", "TIMERESULT (5 4096) (6 4096)", "TIMERESULT (5)", "TIMERESULT (5 6 7)", "TIMERESULT ()",
        "TIMERESULT (-5 6)", "TIMERESULT (5 99999999999999999999)", "TIMERESULT (6 1); (5 2)",
        "TIMERESULT (5 2); (6 1)", "TIMERESULT ((5 2))", "TIMERESULT\t(5 2)", "ACCEPT", "OK then", "PONG 1", "BYE BYE",
        "HELLO", "rmbtv1.0",
        "RMBTv1.0 and more", "RMBTv" + String(repeating: "1", count: 70), "ACCEPT" + String(repeating: " A", count: 16),
        "HTTP/1.1 400 Bad Request",
    ])
    func `what no server sends is no reply`(line: String) {
        #expect(RMBTReply(decoding: line) == nil)
    }
}
