import Foundation
import Sockets
import Synchronization
import Testing
import TestSupport
import Transfer

@testable import RMBT

/// What a server says and cannot be.
extension LyingServerTests {
    private static let impossibleTime = "a time that runs backwards or ahead of the clock: "
    private static let impossibleBytes = "more bytes than it was sent, or fewer than before: "

    @Test(
        .serialized,
        arguments: [
            ("TIME 5 BYTES 999999999999999999\n", impossibleBytes + "\"TIME 5 BYTES 999999999999999999\""),
            ("TIME 9000000000 BYTES 4096\n", impossibleTime + "\"TIME 9000000000 BYTES 4096\""),
            ("TIME 9 BYTES 9\nTIME 8 BYTES 10\n", impossibleTime + "\"TIME 8 BYTES 10\""),
            ("TIME 9 BYTES 9\nTIME 10 BYTES 8\n", impossibleBytes + "\"TIME 10 BYTES 8\""),
            ("TIME -9 BYTES 9\n", "\"TIME -9 BYTES 9\""),
        ])
    func `a report that cannot be true ends the upload`(report: String, detail: String) async throws {
        let measurement = try await Self.run(ScriptedDialogue(report: report))
        #expect(measurement.error == .violation(step: "TIME for the upload", detail: detail))
        #expect(
            measurement.error?.description == "Instead of TIME for the upload the server sent \(detail).")
    }

    @Test(.serialized, arguments: ["TIME 4\n", "TIME 9000000000\n", "TIME 9223372036854775808\n"])
    func `a final time that cannot be true ends the upload`(finalTime: String) async throws {
        let script = ScriptedDialogue(finalTime: finalTime)
        let (outcome, _) = try await Self.operate({ script($0) }) {
            await $0.upload(
                .init(chunkSize: 4096, ending: .chunks(3), duration: nil), timeout: 5, reports: .during,
                origin: 0,
                meter: nil)
        }
        guard case .violation(step: "TIME for the upload", _)? = outcome.error else {
            Issue.record("\(finalTime) was taken")
            return
        }
    }

    @Test(arguments: [
        "CHUNKSIZE 0\n", "CHUNKSIZE -1 -1 -1\n", "CHUNKSIZE 9223372036854775808\n", "CHUNKSIZE 4096 0 1\n",
    ])
    func `chunk sizes that cannot be end the test`(line: String) async throws {
        let measurement = try await Self.run(ScriptedDialogue(chunkSizes: line))
        #expect(
            measurement.error
                == .violation(step: "its chunk sizes", detail: "\"\(line.dropLast())\""))
    }

    @Test func `a chunk that ends with neither 0 nor 255 is a violation`() async throws {
        let script = ScriptedDialogue(replies: 5) { $0.send([UInt8](repeating: 97, count: 4096)) }
        let (outcome, _) = try await Self.operate({ script($0) }) {
            await $0.getChunks(1, size: 4096, timeout: 2, meter: nil)
        }
        #expect(
            outcome.error == .violation(step: "a chunk", detail: "one that ends with 97 instead of 0 or 255"))
    }

    @Test func `chunks without end are given up a second after their time, and none of them is kept in memory`()
        async throws
    {
        let script = ScriptedDialogue(replies: 5) { peer in
            let zeros = [UInt8](repeating: 0, count: 1 << 18)
            while peer.send(zeros) {}
        }
        let before = ResidentMemory.bytes
        let (outcome, seconds) = try await Self.operate({ script($0) }) {
            await $0.download(duration: 0, size: 4096, grace: 3, origin: MonotonicClock.now(), meter: nil)
        }
        #expect(ResidentMemory.bytes - before < 8 << 20)
        #expect(outcome.error == .violation(step: "a chunk", detail: "chunk after chunk when the time was over"))
        #expect(outcome.bytes > AwaitedChunks.mostAfterTime)
        #expect(outcome.tuples.count <= TupleRecorder.limit)
        #expect(seconds < 1 + Self.slack)
    }

    @Test func `more chunks than were asked for are a violation at once`() async throws {
        let script = ScriptedDialogue(replies: 5) { peer in
            let zeros = [UInt8](repeating: 0, count: 4096)
            while peer.send(zeros) {}
        }
        let (outcome, seconds) = try await Self.operate({ script($0) }) {
            await $0.getChunks(3, size: 4096, timeout: 5, meter: nil)
        }
        #expect(outcome.error == .violation(step: "a chunk", detail: "3 of them and no end of the stream"))
        #expect(seconds < Self.slack)
    }

    @Test func `a line without end is a violation`() async throws {
        let (outcome, _) = try await Self.operate({ peer in
            peer.send("RMBTv")
            while peer.send(String(repeating: "1", count: 4096)) {}
        })
        #expect(
            outcome.error == .violation(step: "its greeting", detail: "a line that is too long or no text"))
    }

    @Test func `another protocol is a violation that quotes its first line`() async throws {
        let (outcome, _) = try await Self.operate({ $0.send("SSH-2.0-OpenSSH_9.2\r\n") })
        #expect(outcome.error == .violation(step: "its greeting", detail: "\"SSH-2.0-OpenSSH_9.2\""))
    }

    @Test func `a server that drips is silent at the deadline`() async throws {
        let (outcome, seconds) = try await Self.operate(
            { peer in
                for byte in Array("RMBTv1.3.5\n".utf8) where peer.send([byte]) { usleep(200_000) }
            }, timeout: 0.8)
        #expect(outcome.error == .silent(step: "its greeting", seconds: 0.8))
        #expect(seconds < 0.8 + Self.slack)
    }

    @Test(arguments: ["ERR\n", "ERR token\n"])
    func `a server that answers ERR to the token rejects it`(verdict: String) async throws {
        #expect(try await Self.run(ScriptedDialogue(tokenVerdict: verdict)).error == .tokenRejected)
    }

    @Test func `ERR to a command is a refusal, told by what was awaited`() async throws {
        let script = ScriptedDialogue(replies: 5) { $0.send("ERR\nACCEPT PING\n") }
        let (outcome, _) = try await Self.operate({ script($0) }) { await $0.ping(timeout: 2) }
        #expect(outcome.error == .refused(step: "PONG"))
    }

    @Test func `a download whose end the server does not confirm is as fast as it was`() async throws {
        let script = ScriptedDialogue(replies: 10, ending: Self.silence)
        try await ScriptedServer.with({ script($0) }) { port in
            var configuration = Self.configuration(port)
            configuration.measuresUpload = false
            let measurement = await RMBTClient(configuration).run()
            #expect(measurement.error == nil)
            #expect(measurement.download?.bytes == 8192)
            // Nobody asks how long TIME was waited for.
            #expect(measurement.download?.rate?.nanoseconds ?? .max < 2_000_000_000)
        }
    }
}
