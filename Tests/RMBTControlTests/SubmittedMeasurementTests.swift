import Foundation
import RMBT
import Testing
import Transfer

@testable import RMBTControl

@Suite struct SubmittedMeasurementTests {
    private static func assignment() throws -> ControlAssignment {
        var reply = ControlTestReply()
        (reply.token, reply.testUUID, reply.serverAddress, reply.serverPort) = ("u_1_x", "t", "192.0.2.7", 443)
        return try ControlAssignment.read(
            reply, clientUUID: "c", server: try #require(ControlURL("https://a.example"))
        ).get()
    }

    /// Connections of unlike speed and end, a tuple each millisecond; of 60 ms it moves for 30.
    private static func transfer(_ speeds: [Int64]) -> MeasuredTransfer {
        let connections = speeds.enumerated().map { index, speed in
            (1...(7000 + Int64(index) * 13)).map { tick in
                TransferTuple(nanoseconds: tick * 1_000_000, bytes: (tick / 60 * 30 + min(tick % 60, 30)) * speed)
            }
        }
        return MeasuredTransfer(
            connections: connections, bytes: connections.reduce(0) { $0 + ($1.last?.bytes ?? 0) })
    }

    @Test func `the rate follows from the tuples that are sent`() throws {
        var measurement = RMBTMeasurement()
        measurement.download = Self.transfer([1000, 2000, 3500])
        let submission = ControlSubmission(
            measurement, of: try Self.assignment(), begunAt: Date(timeIntervalSince1970: 1.5), softwareVersion: "1")
        let details = try #require(submission.speedDetail)
        #expect(details.count < 600)
        let connections = (0..<3).map { thread in
            details.filter { $0.thread == thread && $0.direction == "download" }
                .map { TransferTuple(nanoseconds: $0.time, bytes: $0.bytes) }
        }
        let again = try #require(InterpolatedRate(connections: connections)).bitsPerSecond
        let stated = Double(try #require(submission.speedDownload)) * 1000
        #expect(abs(again - stated) / stated < 1e-4)
        #expect((25_000...27_000).contains(submission.speedDownload ?? 0))
        #expect(submission.nanosecondsDownload == 7_000_000_000)
        #expect(submission.threads == 3)
        #expect(submission.time == 1500)
        #expect(submission.speedUpload == nil)
        #expect(submission.status == "0")
    }
}
