import NIOCore
import TestSupport
import Testing

@testable import RMBT

@Suite(.onlyComputes) struct SessionTests {
    static let accept = "ACCEPT GETCHUNKS GETTIME PUT PUTNORESULT PING QUIT\n"
    private static let welcome = ["OK\n", "CHUNKSIZE 4096 4096 4194304\n", accept]

    private func everyCommand(pieceSize: Int?) -> Dialogue {
        var dialogue = Dialogue(pieceSize: pieceSize)
        dialogue.open()
        dialogue.client { $0.pingRequested(at: $1) }
        dialogue.client { $0.chunksRequested(count: 3, size: 4096, at: $1) }
        dialogue.client { $0.downloadRequested(seconds: 2, size: 4097, at: $1) }
        dialogue.client { $0.uploadRequested(size: 4096, reports: .during, at: $1) }
        dialogue.client { $0.uploadRequested(size: 4096, reports: .none, at: $1) }
        dialogue.say("QUIT\n")
        return dialogue
    }

    // MARK: Both sides together

    @Test func `every command runs to its end between the two sessions`() {
        let dialogue = everyCommand(pieceSize: nil)
        let completions: [RMBTClientSession.Completion] = [
            .connected(version: "RMBTv1.5.0", sizes: .standard), .pinged(client: 0, server: 0),
            .downloaded(chunks: 3, bytes: 12_288, serverTime: 0),
            .downloaded(chunks: 5, bytes: 20_485, serverTime: 2_000_000_000), .uploaded(serverTime: 0),
            .uploaded(serverTime: 0),
        ]
        #expect(dialogue.completions == completions)
        let greeting = ["RMBTv1.5.0\n", "ACCEPT TOKEN QUIT\n"] + Self.welcome
        let ping = ["PONG\n", "TIME 0\n", Self.accept]
        let downloads = ["TIME 0\n", Self.accept, "TIME 2000000000\n", Self.accept]
        let upload = ["OK\n", "TIME 0\n", Self.accept]
        let expected: [String] = [greeting, ping, downloads, upload, upload, ["BYE\n"]].flatMap { $0 }
        #expect(dialogue.lines == expected)
        #expect(dialogue.errors == [.closed(step: "its readiness for a command")])
        #expect(dialogue.events.contains("server: close(nil)"))
    }

    @Test(arguments: [1, 2, 3, 7, 1000, 4095, 4096, 4097])
    func `pieces of any size give the same actions as one piece`(pieceSize: Int) {
        let whole = everyCommand(pieceSize: nil)
        let cut = everyCommand(pieceSize: pieceSize)
        #expect(cut.events == whole.events)
        #expect(cut.carried == whole.carried)
    }

    @Test func `an upload is reported at most once in a millisecond, with rising times and bytes`() {
        var dialogue = Dialogue(pieceSize: 1024, pace: 300_000)
        dialogue.uploadChunks = (20, 4096)
        dialogue.open()
        dialogue.client { $0.uploadRequested(size: 4096, reports: .during, at: $1) }
        #expect(dialogue.errors.isEmpty)
        #expect(dialogue.reports.count > 10)
        for (one, next) in zip(dialogue.reports, dialogue.reports.dropFirst()) {
            #expect(next.nanoseconds - one.nanoseconds >= 1_000_000)
            #expect(next.bytes > one.bytes)
        }
        #expect(dialogue.reports.last?.bytes ?? 0 <= 20 * 4096)
    }

    @Test func `an upload without results is not reported`() {
        var dialogue = Dialogue(pieceSize: 1024, pace: 5_000_000)
        dialogue.open()
        dialogue.client { $0.uploadRequested(size: 4096, reports: .none, at: $1) }
        #expect(dialogue.reports.isEmpty)
        #expect(dialogue.completions.count == 2)
    }

    @Test func `an early token waits until its time comes`() {
        var dialogue = Dialogue(pieceSize: nil)
        dialogue.verdict = .early(keyLabel: "current", seconds: 20)
        dialogue.open()
        #expect(dialogue.events.last == "server: wait(seconds: 20)")
        #expect(dialogue.completions.isEmpty)
        dialogue.tokenTimeCame()
        #expect(dialogue.lines.suffix(3) == Self.welcome)
        #expect(dialogue.completions.count == 1)
        dialogue.tokenTimeCame()
        #expect(dialogue.completions.count == 1)
    }

    @Test(arguments: [RMBTTokenVerifier.Verdict.forged, .malformed, .outsideWindow, .wrongAddress, .withoutAddress])
    func `a bad token is answered by ERR and the end`(verdict: RMBTTokenVerifier.Verdict) {
        var dialogue = Dialogue(pieceSize: nil)
        dialogue.verdict = verdict
        dialogue.open()
        #expect(dialogue.lines.last == "ERR\n")
        #expect(dialogue.events.contains("server: \(RMBTServerSession.Action.close(.token(verdict)))"))
        #expect(dialogue.errors == [.tokenRejected])
    }

    // MARK: The server

    /// A server that waits for a command.
    private func readyServer() -> RMBTServerSession {
        var session = RMBTServerSession()
        _ = session.opened()
        _ = say("TOKEN t\n", to: &session)
        _ = session.tokenJudged(.valid(keyLabel: ""))
        return session
    }

    private func say(_ text: String, to session: inout RMBTServerSession, at now: Int64 = 0) -> [RMBTServerSession
        .Action]
    {
        var input = ByteBuffer(string: text)
        return session.bytesReceived(&input, at: now)
    }

    @Test(arguments: [
        "GETCHUNKS 0", "GETCHUNKS 300001", "GETCHUNKS 1 4095", "GETCHUNKS 1 4194305", "GETCHUNKS 300000 4194304",
        "GETCHUNKS 999999999999999999 4096", "GETTIME 0", "GETTIME 31", "GETTIME 7 4095", "GETTIME 7 4194305",
        "PUT 4095", "PUT 4194305", "PUT 0", "PUTNORESULT 4095", "PUTNORESULT 4194305", "PUT -1", "GETCHUNKS -1", "OK",
        "TOKEN t", "HELLO", "", "GETTIME 7 4096 1", "GETCHUNKS  1", " PING", "PING ", "GETCHUNKS\t1", "GETCHUNKS +1",
    ])
    func `a command beyond the limits, or none, is answered by ERR and ACCEPT`(line: String) {
        var session = readyServer()
        #expect(say(line + "\n", to: &session) == [.send("ERR\n"), .send(Self.accept)])
        #expect(say("PING\n", to: &session) == [.send("PONG\n")])
    }

    @Test(arguments: [
        ("GETCHUNKS 300000 4096", RMBTServerSession.Action.sendChunks(.chunks(300_000), size: 4096)),
        ("GETCHUNKS 1 4194304", .sendChunks(.chunks(1), size: 4_194_304)),
        ("GETTIME 30 4096", .sendChunks(.seconds(30), size: 4096)),
        ("GETTIME 1", .sendChunks(.seconds(1), size: 4096)), ("PUT 4194304", .send("OK\n")),
        ("PUTNORESULT 4096\r", .send("OK\n")),
    ])
    func `a command at the limits is taken`(line: String, action: RMBTServerSession.Action) {
        var session = readyServer()
        #expect(say(line + "\n", to: &session) == [action])
    }

    @Test func `a size stays in force for commands without one, and one that was refused does not count`() {
        var session = readyServer()
        #expect(say("GETCHUNKS 2 8192\n", to: &session) == [.sendChunks(.chunks(2), size: 8192)])
        session.lastChunkSent()
        _ = say("OK\n", to: &session)
        #expect(say("GETTIME 1 4095\n", to: &session) == [.send("ERR\n"), .send(Self.accept)])
        #expect(say("GETCHUNKS 0 16384\n", to: &session) == [.send("ERR\n"), .send(Self.accept)])
        #expect(say("GETTIME 1\n", to: &session) == [.sendChunks(.seconds(1), size: 8192)])
    }

    @Test func `the time of a download counts from the command to the client's OK`() {
        var session = readyServer()
        _ = say("GETCHUNKS 1\n", to: &session, at: 100)
        session.lastChunkSent()
        #expect(say("OK\n", to: &session, at: 350) == [.send("TIME 250\n"), .send(Self.accept)])
    }

    @Test func `a client that does not confirm a download gets ERR and may go on`() {
        var session = readyServer()
        _ = say("GETCHUNKS 1\n", to: &session)
        session.lastChunkSent()
        #expect(say("ERR\n", to: &session) == [.send("ERR\n"), .send(Self.accept)])
        #expect(say("PING\n", to: &session) == [.send("PONG\n")])
        #expect(say("QUIT\n", to: &session) == [.send("BYE\n"), .close(nil)])
    }

    @Test func `a line while chunks go out waits, and more than a line is refused`() {
        var session = readyServer()
        _ = say("GETTIME 1\n", to: &session)
        var early = ByteBuffer(string: "OK\n")
        #expect(session.bytesReceived(&early, at: 0).isEmpty)
        #expect(early.readableBytes == 3)
        session.lastChunkSent()
        #expect(session.bytesReceived(&early, at: 5) == [.send("TIME 5\n"), .send(Self.accept)])

        _ = say("GETTIME 1\n", to: &session)
        #expect(
            say(String(repeating: "x", count: 1025), to: &session)
                == [.close(.violation("data while none was asked for"))])
    }

    @Test func `an upload whose chunk ends with neither 0 nor 255 ends the session`() {
        var session = readyServer()
        _ = say("PUT 4096\n", to: &session)
        #expect(
            say(String(repeating: "a", count: 4096), to: &session)
                == [.send("ERR\n"), .close(.violation("a chunk that ends with 97 instead of 0 or 255"))])
    }

    @Test func `an upload without end is refused beyond the most bytes of a command`() {
        var session = readyServer()
        _ = say("PUT 4194304\n", to: &session)
        let piece = ByteBuffer(repeating: 0, count: 4_194_304)
        var actions: [RMBTServerSession.Action] = []
        var bytes: Int64 = 0
        while actions.isEmpty, bytes <= 2 * RMBTServerSession.mostBytes {
            var input = piece
            actions = session.bytesReceived(&input, at: 0)
            bytes += 4_194_304
        }
        #expect(
            actions == [.send("ERR\n"), .close(.violation("more than 300000000000 bytes with one command"))])
        #expect(bytes - RMBTServerSession.mostBytes <= 4_194_304)
    }

    @Test func `PUTTIMERESULT is answered with all tuples, the last one the end, then the time and ACCEPT`() throws {
        var session = readyServer()
        #expect(say("PUTTIMERESULT 4096\n", to: &session, at: 1000) == [.send("OK\n")])
        let chunks = Dialogue.chunks(4, size: 4096)
        for (index, piece) in [chunks[..<4096], chunks[4096..<10_000], chunks[10_000...]].enumerated() {
            var input = ByteBuffer(bytes: piece)
            let actions = session.bytesReceived(&input, at: 1000 + Int64(index + 1) * 2_000_000)
            guard index == 2 else {
                #expect(actions.isEmpty)
                continue
            }
            let line = "TIMERESULT (2000000 4096); (4000000 10000); (6000000 16384)\n"
            #expect(actions == [.send(line), .send("TIME 6000000\n"), .send(Self.accept)])
        }
        // A client may confirm the line as its specification says; two of three do not.
        #expect(say("OK\n", to: &session).isEmpty)
        #expect(say("OK\n", to: &session) == [.send("ERR\n"), .send(Self.accept)])
        #expect(say("PUTTIMERESULT 4095\n", to: &session) == [.send("ERR\n"), .send(Self.accept)])
    }

    @Test func `however many tuples there are, their line stays within 256 KiB and can be read`() throws {
        var session = readyServer()
        _ = say("PUTTIMERESULT 4096\n", to: &session)
        let chunk = ByteBuffer(bytes: Dialogue.chunks(2, size: 4096).prefix(4096))
        let start: Int64 = 1 << 56
        for index in 0..<50_000 {
            var input = chunk
            #expect(session.bytesReceived(&input, at: start + Int64(index) * 1_000_000).isEmpty)
        }
        var last = ByteBuffer(bytes: Dialogue.chunks(1, size: 4096))
        let end = start + 50_000_000_001
        guard case .send(let line) = session.bytesReceived(&last, at: end).first else {
            Issue.record("no line")
            return
        }
        #expect(line.utf8.count <= 1 << 18)
        guard case .timeResult(let tuples) = RMBTReply(decoding: String(line.dropLast())) else {
            Issue.record("it cannot be read")
            return
        }
        #expect((3000...6000).contains(tuples.count))
        #expect(tuples.last == .init(nanoseconds: end, bytes: 50_001 * 4096))
    }

    @Test(arguments: ["PING\n", "GETTIME 7\n", "\n", "TOKEN\n", "TOKEN a b\n"])
    func `nothing but a token or QUIT is taken first`(line: String) {
        var session = RMBTServerSession()
        _ = session.opened()
        let actions = say(line, to: &session)
        #expect(actions.first == .send("ERR\n"))
        #expect(actions.count == 2)
    }

    @Test func `lines whose answers would fill memory are taken bit by bit`() {
        var session = readyServer()
        var input = ByteBuffer(repeating: 10, count: 10_000)
        var answers = 0
        while input.readableBytes > 0 {
            let actions = session.bytesReceived(&input, at: 0)
            #expect((1...RMBTServerSession.mostActions + 3).contains(actions.count))
            answers += actions.count { $0 == .send("ERR\n") }
            if actions.isEmpty { break }
        }
        #expect(answers == 10_000)
    }

    @Test func `after its end a session takes in nothing and keeps nothing`() {
        var session = readyServer()
        _ = say("QUIT\n", to: &session)
        var input = ByteBuffer(repeating: 65, count: 1 << 16)
        #expect(session.bytesReceived(&input, at: 0).isEmpty)
        #expect(input.readableBytes == 0)
    }

    // MARK: PUTTIMERESULT

    @Test(arguments: [nil, 7, 4096])
    func `an upload's tuples may all be told at its end`(pieceSize: Int?) {
        var dialogue = Dialogue(pieceSize: pieceSize, pace: 300_000)
        dialogue.uploadChunks = (20, 4096)
        dialogue.open()
        dialogue.client { $0.uploadRequested(size: 4096, reports: .atEnd, at: $1) }
        #expect(dialogue.errors.isEmpty)
        #expect(dialogue.completions.count == 2)
        #expect(dialogue.reports.last?.bytes ?? 0 == 81_920)
        dialogue.client { $0.pingRequested(at: $1) }
        #expect(dialogue.completions.count == 3)
    }

    @Test func `a server that does not know PUTTIMERESULT is asked for PUT`() {
        var session = readyClient()
        #expect(session.uploadRequested(size: 4096, reports: .atEnd, at: 0) == [.send("PUTTIMERESULT 4096\n")])
        #expect(hear("ERR\n", in: &session) == [])
        #expect(hear(Self.accept, in: &session) == [.send("PUT 4096\n")])
        #expect(hear("OK\n", in: &session) == [.beginSending])
        #expect(
            hear("TIME 5 BYTES 5\n", in: &session, at: 10, bytesSent: 10) == [.feedback(nanoseconds: 5, bytes: 5)])
    }

    /// An upload of 10,000 bytes, all sent, whose tuples are still to be told.
    private func sentClient() -> RMBTClientSession {
        var session = readyClient()
        _ = session.uploadRequested(size: 4096, reports: .atEnd, at: 0)
        _ = hear("OK\n", in: &session)
        session.lastChunkSent()
        return session
    }

    @Test func `tuples without a final time end with the server's readiness`() {
        var session = sentClient()
        #expect(
            hear("TIMERESULT (5 6); (7 8)\n", in: &session, at: 10, bytesSent: 10_000)
                == [.feedback(nanoseconds: 5, bytes: 6), .feedback(nanoseconds: 7, bytes: 8)])
        #expect(hear(Self.accept, in: &session, at: 11) == [.completed(.uploaded(serverTime: 7))])
    }

    @Test(arguments: [
        "TIMERESULT (5 6); (1000000011 8)", "TIMERESULT (5 6); (7 10001)", "TIMERESULT (5 6); (4 8)", "TIMERESULT ",
    ])
    func `tuples that cannot be are a violation`(line: String) throws {
        var session = sentClient()
        guard case .fail(.violation)? = hear(line + "\n", in: &session, at: 10, bytesSent: 10_000).first else {
            Issue.record("\(line) was taken")
            return
        }
    }

    @Test(arguments: [
        ("TIME 4 BYTES 10", "a time that runs backwards or ahead of the clock: \"TIME 4 BYTES 10\""),
        ("TIME 1000000011 BYTES 10", "a time that runs backwards or ahead of the clock: \"TIME 1000000011 BYTES 10\""),
        ("TIME 6 BYTES 4", "more bytes than it was sent, or fewer than before: \"TIME 6 BYTES 4\""),
        ("TIME 6 BYTES 10001", "more bytes than it was sent, or fewer than before: \"TIME 6 BYTES 10001\""),
        ("TIME 6 BYTES -1", "\"TIME 6 BYTES -1\""), ("TIME -6 BYTES 9", "\"TIME -6 BYTES 9\""),
        ("TIME 6", "\"TIME 6\""), ("PONG", "\"PONG\""),
    ])
    func `a report on an upload that cannot be is a violation`(line: String, detail: String) {
        var session = sendingClient()
        #expect(
            hear("TIME 5 BYTES 5\n", in: &session, at: 10, bytesSent: 10_000) == [.feedback(nanoseconds: 5, bytes: 5)])
        #expect(
            hear(line + "\n", in: &session, at: 10, bytesSent: 10_000)
                == [.fail(.violation(step: "TIME for the upload", detail: detail))])
    }

    @Test(arguments: ["TIME 4", "TIME 1000000011"])
    func `a final time that runs backwards or ahead of the clock is a violation`(line: String) {
        var session = sendingClient()
        _ = hear("TIME 5 BYTES 5\n", in: &session, at: 10, bytesSent: 10_000)
        session.lastChunkSent()
        #expect(
            hear(line + "\n", in: &session, at: 10, bytesSent: 10_000) == [
                .fail(
                    .violation(
                        step: "TIME for the upload",
                        detail: "a time that runs backwards or ahead of the clock: \"\(line)\""))
            ])
    }

    @Test func `the final time of an upload counts only after its last chunk`() {
        var session = sendingClient()
        session.lastChunkSent()
        #expect(
            hear("TIME 9\n" + Self.accept, in: &session, at: 10, bytesSent: 10_000)
                == [.receivedAll(nanoseconds: 9), .completed(.uploaded(serverTime: 9))])
    }

    @Test func `a download without end keeps none of it`() {
        var session = readyClient()
        _ = session.downloadRequested(seconds: 1, size: 4096, at: 0)
        let piece = ByteBuffer(repeating: 0, count: 1 << 18)
        for round in 1...1000 {
            var input = piece
            #expect(session.bytesReceived(&input, at: 0, bytesSent: 0) == [.carried(bytes: Int64(round) << 18)])
            #expect(input.readableBytes == 0)
        }
        #expect(
            session.deadlinePassed(after: 4) == [.fail(.silent(step: "the rest of the chunks", seconds: 4))])
        var more = piece
        #expect(session.bytesReceived(&more, at: 0, bytesSent: 0).isEmpty)
        #expect(more.readableBytes == 0)
    }

    @Test func `what the server says without being asked ends the session`() {
        var session = readyClient()
        #expect(
            hear("PONG\n", in: &session)
                == [.fail(.violation(step: "its readiness for a command", detail: "\"PONG\""))])
    }

    @Test func `a command while another one runs is a mistake of this side`() {
        var session = readyClient()
        _ = session.pingRequested(at: 0)
        #expect(
            session.pingRequested(at: 0) == [.fail(.local("a command was given while another one runs"))])
    }
}
