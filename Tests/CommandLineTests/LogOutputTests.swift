import Dispatch
import Synchronization
import Testing

@testable import CommandLine

@Suite struct LogOutputTests {
    private final class Sink: Sendable {
        let lines = Mutex<[String]>([])
        let gate = DispatchSemaphore(value: 0)
    }

    @Test func `lines come out whole and in order`() {
        let sink = Sink()
        let output = LogOutput { line in sink.lines.withLock { $0.append(line) } }
        for number in 0..<1000 { output.write("line \(number)") }
        output.flush(within: .seconds(10))
        let expected = (0..<1000).map { "line \($0)\n" }
        #expect(sink.lines.withLock { $0 } == expected)
    }

    @Test func `a reader that does not read stops nobody, and what was dropped is told`() {
        let sink = Sink()
        let output = LogOutput { line in
            if sink.lines.withLock({ $0.isEmpty }) { sink.gate.wait() }
            sink.lines.withLock { $0.append(line) }
        }
        for number in 0..<(LogOutput.most + 500) { output.write("\(number)") }
        // The queue is stuck: a flush gives up.
        output.flush(within: .milliseconds(10))
        sink.gate.signal()
        output.flush(within: .seconds(10))
        let lines = sink.lines.withLock { $0 }
        #expect(lines.count == LogOutput.most + 1)
        #expect(lines.contains("500 log lines were dropped: nobody read them in time\n"))
    }
}
