import NIOCore
import TestSupport
import Testing

@testable import RMBT

/// The client, by itself.
extension SessionTests {
    /// A client that may give a command, at time 0.
    func readyClient() -> RMBTClientSession {
        var session = RMBTClientSession(token: "t")
        _ = hear("RMBTv1\nACCEPT TOKEN QUIT\nOK\nCHUNKSIZE 4096\n" + Self.accept, in: &session)
        return session
    }

    func hear(
        _ text: String, in session: inout RMBTClientSession, at now: Int64 = 0, bytesSent: Int64 = 0
    ) -> [RMBTClientSession.Action] {
        var input = ByteBuffer(string: text)
        return session.bytesReceived(&input, at: now, bytesSent: bytesSent)
    }

    @Test func `greetings of all versions, a NUL and CRLF are understood`() {
        for greeting in ["RMBTv0.3\n", "RMBTv1.3.5\r\n", "\0RMBTv1.6.0\n", "\0\0RMBTv1.5.0\n"] {
            var session = RMBTClientSession(token: "t")
            #expect(hear(greeting, in: &session) == [])
            #expect(hear("ACCEPT TOKEN QUIT\r\n", in: &session) == [.send("TOKEN t\n")])
        }
    }

    @Test(arguments: [
        "TIME 1000000009", "TIME 999999999999999999", "TIME -1", "TIME 9223372036854775808",
    ])
    func `a time of a ping or download that is beyond the wall clock is a violation`(line: String) {
        for isPing in [true, false] {
            var session = readyClient()
            if isPing {
                _ = session.pingRequested(at: 0)
                _ = hear("PONG\n", in: &session, at: 4)
            } else {
                _ = session.chunksRequested(count: 1, size: 4096, at: 0)
                var chunk = ByteBuffer(bytes: Dialogue.chunks(1, size: 4096))
                _ = session.bytesReceived(&chunk, at: 4, bytesSent: 0)
            }
            guard case .fail(.violation(step: "TIME", _)) = hear(line + "\n", in: &session, at: 8).first else {
                Issue.record("\(line) was taken")
                continue
            }
        }
    }

    @Test func `ERR where chunks were asked for is a refusal, however it is cut`() {
        for answer in ["ERR\n" + Self.accept, "ERR\r\nACCEPT PING QUIT\r\n"] {
            var session = readyClient()
            _ = session.downloadRequested(seconds: 1, size: 4096, at: 0)
            var input = ByteBuffer()
            var actions: [RMBTClientSession.Action] = []
            for byte in answer.utf8 {
                input.writeInteger(byte)
                actions += session.bytesReceived(&input, at: 1, bytesSent: 0)
            }
            #expect(actions == [.fail(.refused(step: "chunks"))])
        }
    }

    @Test func `ERR and nothing more is a refusal too, when it is clear that no chunk comes`() {
        for answer in ["ERR\n", "ERR\r\nACC"] {
            var input = ByteBuffer(string: answer)
            var session = readyClient()
            _ = session.chunksRequested(count: 1, size: 4096, at: 0)
            #expect(session.bytesReceived(&input, at: 1, bytesSent: 0) == [])
            var other = session
            #expect(session.connectionClosed() == [.fail(.refused(step: "chunks"))])
            #expect(other.deadlinePassed(after: 1) == [.fail(.refused(step: "chunks"))])
        }
        var session = readyClient()
        _ = session.chunksRequested(count: 1, size: 4096, at: 0)
        _ = hear("ERR", in: &session)
        #expect(session.connectionClosed() == [.fail(.closed(step: "the rest of the chunks"))])
    }

    @Test func `a chunk that begins like a refusal is a chunk`() {
        for beginning in ["ERR\nACCEPT", "ERR\n", "ERR\r\nACC", "E"] {
            var session = readyClient()
            _ = session.downloadRequested(seconds: 1, size: 4096, at: 0)
            let chunk = Array(beginning.utf8) + [UInt8](repeating: 7, count: 4095 - beginning.utf8.count) + [0xFF]
            var input = ByteBuffer()
            for byte in chunk {
                input.writeInteger(byte)
                _ = session.bytesReceived(&input, at: 1, bytesSent: 0)
            }
            #expect(session.hasWholeStream)
            #expect(
                hear("TIME 9\n" + Self.accept, in: &session, at: 10)
                    == [.completed(.downloaded(chunks: 1, bytes: 4096, serverTime: 9))])
        }
    }

    @Test func `a ping's times are the client's to PONG and the server's`() {
        var session = readyClient()
        #expect(session.pingRequested(at: 1000) == [.send("PING\n")])
        #expect(hear("PONG\n", in: &session, at: 1500) == [.send("OK\n")])
        #expect(
            hear("TIME 420\n" + Self.accept, in: &session, at: 2000)
                == [.completed(.pinged(client: 500, server: 420))])
    }

    /// An upload of 10,000 bytes that is under way since time 0.
    func sendingClient() -> RMBTClientSession {
        var session = readyClient()
        _ = session.uploadRequested(size: 4096, reports: .during, at: 0)
        #expect(hear("OK\n", in: &session) == [.beginSending])
        return session
    }
}
