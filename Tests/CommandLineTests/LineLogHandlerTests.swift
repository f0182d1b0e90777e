import Foundation
import Logging
import Testing

@testable import CommandLine

@Suite struct LineLogHandlerTests {
    private let metadata: Logger.Metadata = [
        "bytes": .stringConvertible(Int64.max), "seconds": .stringConvertible(1.5),
        "nan": .stringConvertible(Double.nan),
        "yes": .stringConvertible(true), "peer": "a\"b\n", "list": ["x", .stringConvertible(2)],
        "table": ["k": .stringConvertible(3)], "time": "mine",
    ]

    @Test func `JSON has numbers as numbers, truths as truths, and each key once`() throws {
        let line = LineLogHandler(format: .json)
            .line(level: .info, message: "m", metadata: metadata, error: nil, time: "T")
        #expect(
            line == #"{"time":"T","level":"info","msg":"m","bytes":9223372036854775807,"list":["x",2],"nan":"nan","#
                + #""peer":"a\"b\n","seconds":1.5,"table":{"k":3},"_time":"mine","yes":true}"#)
        #expect(try JSONSerialization.jsonObject(with: Data(line.utf8)) is [String: Any])
    }

    @Test(arguments: ["\u{1B}", "\u{9B}", "\u{202E}", "\u{2028}"], [LogFormat.logfmt, .json])
    func `a name cannot steer the terminal that shows the log`(mark: String, format: LogFormat) {
        let line = LineLogHandler(format: format)
            .line(level: .info, message: "m", metadata: ["user": "a\(mark)b"], error: nil, time: "T")
        #expect(!line.contains(mark))
        #expect(line.contains(#""a\u"#))
    }

    @Test func `logfmt has the same values as words`() {
        let line = LineLogHandler(format: .logfmt).line(
            level: .info, message: "two words", metadata: ["bytes": .stringConvertible(7), "peer": "a b"], error: nil,
            time: "T")
        #expect(line == #"time=T level=info msg="two words" bytes=7 peer="a b""#)
    }
}
