import TestSupport
import Testing
import Transfer

@testable import Btest

/// Messages of the protocol that come where data should are no measurement.
@Suite(.usesSockets) struct StrayBytesTests {
    private func evaluated(_ bytes: Int64, connections: Int = 1, seconds: Int64 = 10) -> BtestError? {
        let length = seconds * 1_000_000_000
        let streams = (0..<connections).map { _ in
            BtestEvaluation.Stream(
                received: StreamCount(
                    tuples: [.init(nanoseconds: 0, bytes: 0), .init(nanoseconds: 1_000_000, bytes: bytes)],
                    bytes: bytes,
                    end: .deadline, endedAt: length), sent: nil)
        }
        return BtestEvaluation(direction: .download, length: length, streams: streams, asked: connections)
            .measurement().error
    }

    @Test func `an answer or a status each second is no download, a line of 1 kbit per second is one`() {
        #expect(evaluated(4) == .strayBytes(direction: "download", bytes: 4))
        #expect(evaluated(12 * 10) == .strayBytes(direction: "download", bytes: 120))
        #expect(evaluated(12 * 3600, seconds: 3600) == .strayBytes(direction: "download", bytes: 43_200))
        #expect(evaluated(4, connections: 20) == .strayBytes(direction: "download", bytes: 80))
        #expect(evaluated(1250) == nil)
        #expect(evaluated(1250, connections: 4) == nil)
        // One segment of a short test.
        #expect(evaluated(536, seconds: 1) == nil)
    }

    @Test func `a server that says the login's last word twice and sends nothing has failed`() async throws {
        for closes in [true, false] {
            try await ScriptedServer.with { peer in
                ScriptedServer.beHonest(peer, .md5(passwords: ["u": "right"]))
                peer.say([1, 0, 0, 0])
                if !closes { peer.hearOut() }
            } _: { port in
                let measurement = await BtestClient(
                    .init(
                        host: "127.0.0.1", port: port, userName: "u", password: "right", duration: .milliseconds(500))
                ).run()
                let error = try #require(measurement.error)
                if closes {
                    #expect("\(error)".hasPrefix("The connection ended after") || error == Self.stray)
                } else {
                    #expect(error == Self.stray)
                }
            }
        }
    }

    private static let stray = BtestError.strayBytes(direction: "download", bytes: 4)

    @Test func `the sentence says that it was no data`() {
        #expect(
            Self.stray.description
                == "Only 4 bytes arrived in the download direction: these are messages of the protocol and no data, so the login or the "
                + "start of the test went wrong.")
    }
}
