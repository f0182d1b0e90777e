import NIOCore

@testable import RMBT

/// Both sessions back to back in memory: what one sends the other receives, in pieces of a given size.
struct Dialogue {
    var client = RMBTClientSession(token: "a-token")
    var server = RMBTServerSession()
    var now: Int64 = 1_000_000_000
    var verdict = RMBTTokenVerifier.Verdict.valid(keyLabel: "current")
    /// Chunks of an upload, when the server asks for them.
    var uploadChunks = (count: 3, size: 4096)
    /// Everything that the sessions decided, without the counts on the way, which depend on the pieces.
    private(set) var events: [String] = []
    private(set) var completions: [RMBTClientSession.Completion] = []
    private(set) var errors: [RMBTError] = []
    /// Lines as the server sent them.
    private(set) var lines: [String] = []
    private(set) var reports: [(nanoseconds: Int64, bytes: Int64)] = []
    private(set) var carried: Int64 = 0

    /// Bytes delivered at once; nil delivers all that waits.
    private let pieceSize: Int?
    private var toClient = ByteBuffer()
    private var toServer = ByteBuffer()
    private var clientInput = ByteBuffer()
    private var serverInput = ByteBuffer()
    private var bytesSent: Int64 = 0
    /// Between two deliveries, in nanoseconds.
    private let pace: Int64

    init(pieceSize: Int?, pace: Int64 = 0) {
        self.pieceSize = pieceSize
        self.pace = pace
    }

    mutating func open() {
        perform(server.opened())
        deliver()
    }

    mutating func client(_ command: (inout RMBTClientSession, Int64) -> [RMBTClientSession.Action]) {
        perform(command(&client, now))
        deliver()
    }

    /// Sends a line past the client's session.
    mutating func say(_ line: String) {
        toServer.writeString(line)
        deliver()
    }

    mutating func tokenTimeCame() {
        perform(server.tokenTimeCame())
        deliver()
    }

    private mutating func deliver() {
        while toClient.readableBytes + toServer.readableBytes > 0 {
            now += pace
            if let piece = toServer.readSlice(length: min(pieceSize ?? .max, toServer.readableBytes)) {
                serverInput.append(piece)
                readOnServer()
            }
            if let piece = toClient.readSlice(length: min(pieceSize ?? .max, toClient.readableBytes)) {
                clientInput.append(piece)
                perform(client.bytesReceived(&clientInput, at: now, bytesSent: bytesSent))
            }
        }
    }

    private mutating func readOnServer() {
        while serverInput.readableBytes > 0 {
            let waiting = serverInput.readableBytes
            perform(server.bytesReceived(&serverInput, at: now))
            guard serverInput.readableBytes < waiting else { break }
        }
    }

    private mutating func perform(_ actions: [RMBTServerSession.Action]) {
        for action in actions {
            if case .report = action {} else { events.append("server: \(action)") }
            switch action {
            case .send(let line), .report(let line):
                lines.append(line)
                toClient.writeString(line)
            case .judge: perform(server.tokenJudged(verdict))
            case .wait, .close: break
            case .sendChunks(.chunks(let count), let size):
                toClient.writeBytes(Self.chunks(count, size: size))
                server.lastChunkSent()
            case .sendChunks(.seconds(let seconds), let size):
                now += Int64(seconds) * 1_000_000_000
                toClient.writeBytes(Self.chunks(5, size: size))
                server.lastChunkSent()
            }
        }
    }

    private mutating func perform(_ actions: [RMBTClientSession.Action]) {
        for action in actions {
            switch action {
            case .carried(let bytes): carried = bytes
            case .feedback(let nanoseconds, let bytes): reports.append((nanoseconds, bytes))
            default: events.append("client: \(action)")
            }
            switch action {
            case .send(let line): toServer.writeString(line)
            case .beginSending:
                let chunks = Self.chunks(uploadChunks.count, size: uploadChunks.size)
                toServer.writeBytes(chunks)
                bytesSent = Int64(chunks.count)
                client.lastChunkSent()
            case .completed(let completion): completions.append(completion)
            case .fail(let error): errors.append(error)
            case .carried, .feedback, .receivedAll: break
            }
        }
    }

    static func chunks(_ count: Int, size: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        for chunk in 0..<count {
            bytes += [UInt8](repeating: UInt8(chunk % 200) + 1, count: size - 1)
            bytes.append(chunk == count - 1 ? 0xFF : 0)
        }
        return bytes
    }
}
