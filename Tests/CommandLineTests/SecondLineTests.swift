import Foundation
import Probes
import Synchronization
import Testing

@testable import CommandLine

@Suite(.timeLimit(.minutes(1))) struct SecondLineTests {
    @Test func `a line has the rates since the line before, the loss of UDP and both processors`() {
        let from = SecondLine.Reading(
            nanoseconds: 2_000_000_000, downloadBytes: 1_000_000, uploadBytes: 500_000, lostPackets: 5)
        var to = SecondLine.Reading(
            nanoseconds: 3_000_000_000, downloadBytes: 13_500_000, uploadBytes: 1_500_000, lostPackets: 17,
            localCPU: 0.314, remoteCPU: 0.93)
        #expect(
            SecondLine(from: from, to: to).text
                == "  3.0 s  down 100 Mbit/s  up 8.00 Mbit/s  lost 12  cpu 31 % here, 93 % there")
        to.lostPackets = nil
        to.remoteCPU = nil
        #expect(SecondLine(from: from, to: to).text == "  3.0 s  down 100 Mbit/s  up 8.00 Mbit/s  cpu 31 % here")
    }

    @Test func `readings that did not move, or went back, are no rate`() {
        let reading = SecondLine.Reading(nanoseconds: 1_000_000_000, downloadBytes: 9, uploadBytes: 9)
        let back = SecondLine.Reading(nanoseconds: 1_000_000_000, downloadBytes: 0, uploadBytes: 0)
        #expect(SecondLine(from: reading, to: back).text == "  1.0 s  down 0.00 bit/s  up 0.00 bit/s")
    }

    @Test func `without data there is no line, and the work is not held up`() async {
        let lines = Mutex<[String]>([])
        let watcher = SecondLines(monitor: ProbeMonitor()) { line in lines.withLock { $0.append(line) } }
        #expect(await watcher.shown { 7 } == 7)
        #expect(lines.withLock(\.self).isEmpty)
    }
}
