import NIOCore

/// The client's side of one RMBT connection: lines and chunks in, what to do next out.
///
/// A state machine without socket, clock or logger (specification, section 6; docs/protocols/rmbt.md). The bulk of an upload is
/// sent by the caller between ``Action/beginSending`` and ``lastChunkSent()``.
struct RMBTClientSession {
    /// What a command brought, once the server is ready for the next one.
    enum Completion: Sendable, Equatable {
        case connected(version: String, sizes: ChunkSizes)
        /// Round trips in nanoseconds by both clocks.
        case pinged(client: Int64, server: Int64)
        /// Server nanoseconds from the command to the client's OK.
        case downloaded(chunks: Int, bytes: Int64, serverTime: Int64)
        /// Server nanoseconds from the command to the last chunk.
        case uploaded(serverTime: Int64)
    }

    enum Action: Equatable {
        case send(String)
        /// The server waits for chunks.
        case beginSending
        /// The download stands at this many bytes.
        case carried(bytes: Int64)
        /// The server had received so many bytes after so many nanoseconds.
        case feedback(nanoseconds: Int64, bytes: Int64)
        /// The server had received the last chunk after so many nanoseconds, whether or not it gets ready for more.
        case receivedAll(nanoseconds: Int64)
        case completed(Completion)
        case fail(RMBTError)
    }

    private enum State {
        case awaitingGreeting
        /// Greeted; the server asks for the token.
        case awaitingTokenPrompt(version: String)
        /// The token is sent.
        case awaitingTokenVerdict(version: String)
        /// The token is good; the server names its chunk sizes.
        case awaitingChunkSizes(version: String)
        /// A command is done; the server's ACCEPT makes it complete.
        case awaitingPrompt(Completion)
        /// The server waits for a command.
        case ready
        case awaitingPong(sentAt: Int64)
        case awaitingPingTime(sentAt: Int64, roundTrip: Int64)
        /// Chunks come in.
        case receiving(AwaitedChunks)
        /// The last chunk was confirmed; the server tells its time.
        case awaitingDownloadTime(chunks: Int, bytes: Int64, commandedAt: Int64)
        /// PUT is sent; the server's OK begins the upload.
        case awaitingPermission(RMBTCommand, commandedAt: Int64)
        /// The server does not know PUTTIMERESULT; once it is ready, PUT is sent.
        case awaitingPromptForPut(size: Int)
        /// Chunks go out, feedback comes in; after the last chunk the server's final time.
        case sending(commandedAt: Int64, lastTime: Int64, lastBytes: Int64, isComplete: Bool)
        /// The server has told all that it noted of an upload; its final time comes next, or none.
        case awaitingFinalTime(commandedAt: Int64, lastTime: Int64)
        case ended
    }

    private var state = State.awaitingGreeting
    private var lines = LineBuffer(skippingLeadingNULs: true)
    private let token: String
    /// ERR came where chunks were awaited. It may still be how a chunk begins.
    private var mayBeRefused = false
    /// The stream that the last command asked for has come to its end.
    private(set) var hasWholeStream = false

    /// A server's clock may run this much faster than ours before its times are nonsense, in nanoseconds.
    private static let clockSlack: Int64 = 1_000_000_000

    /// - Parameter token: any text for servers that check none.
    init(token: String) {
        self.token = token
    }

    var isReady: Bool { if case .ready = state { true } else { false } }

    /// What the session waits for, in the words of an error.
    var awaitedStep: String {
        switch state {
        case .awaitingGreeting: "its greeting"
        case .awaitingTokenPrompt: "its request for a token"
        case .awaitingTokenVerdict: "an answer to the token"
        case .awaitingChunkSizes: "its chunk sizes"
        case .awaitingPrompt, .awaitingPromptForPut, .ready: "its readiness for a command"
        case .awaitingPong: "PONG"
        case .awaitingPingTime, .awaitingDownloadTime: "TIME"
        case .receiving: "the rest of the chunks"
        case .awaitingPermission: "OK for an upload"
        case .sending, .awaitingFinalTime: "TIME for the upload"
        case .ended: "anything more"
        }
    }

    // MARK: Commands

    mutating func pingRequested(at now: Int64) -> [Action] {
        command(.ping, then: .awaitingPong(sentAt: now))
    }

    mutating func chunksRequested(count: Int, size: Int, at now: Int64) -> [Action] {
        command(
            .getChunks(count: count, size: size),
            then: .receiving(AwaitedChunks(.chunks(count), size: size, commandedAt: now)))
    }

    mutating func downloadRequested(seconds: Int, size: Int, at now: Int64) -> [Action] {
        command(
            .getTime(seconds: seconds, size: size),
            then: .receiving(AwaitedChunks(.seconds(seconds), size: size, commandedAt: now)))
    }

    mutating func uploadRequested(size: Int, reports: UploadReports, at now: Int64) -> [Action] {
        let put: RMBTCommand =
            switch reports {
            case .none: .putNoResult(size: size)
            case .during: .put(size: size)
            case .atEnd: .putTimeResult(size: size)
            }
        return command(put, then: .awaitingPermission(put, commandedAt: now))
    }

    private mutating func command(_ command: RMBTCommand, then next: State) -> [Action] {
        guard case .ready = state else { return fail(.local("a command was given while another one runs")) }
        state = next
        hasWholeStream = false
        return [.send(command.line)]
    }

    // MARK: Events

    /// - Parameters:
    ///   - input: consumed as far as it is understood.
    ///   - now: when the bytes were read, on the clock of the commands' instants.
    ///   - bytesSent: of a running upload, so far.
    mutating func bytesReceived(_ input: inout ByteBuffer, at now: Int64, bytesSent: Int64) -> [Action] {
        var actions: [Action] = []
        while input.readableBytes > 0 {
            if case .ended = state {
                input.clear()
                return actions
            }
            if case .receiving(let chunks) = state {
                if chunks.reader.bytes == 0 {
                    switch RMBTReply.refusalInsteadOfChunks(input.readableBytesView) {
                    case .whole:
                        actions += fail(Self.refusedChunks)
                        continue
                    case .begun(let hasError):
                        mayBeRefused = hasError
                        return actions
                    case .none: mayBeRefused = false
                    }
                }
                actions += read(chunks, from: &input, at: now)
                continue
            }
            do {
                guard let line = try lines.nextLine(in: &input, limit: longestLine) else { return actions }
                actions += received(line, at: now, bytesSent: bytesSent)
            } catch {
                actions += fail(.violation(step: awaitedStep, detail: "a line that is too long or no text"))
            }
        }
        return actions
    }

    /// Bytes of a running download that nobody needs to look at, before any other comes.
    var skippable: Int {
        if case .receiving(let chunks) = state { chunks.reader.skippable } else { 0 }
    }

    /// So many of the ``skippable`` bytes were dropped.
    mutating func bytesSkipped(_ count: Int, at now: Int64) -> [Action] {
        guard case .receiving(var chunks) = state else { return [] }
        if case .violation(let detail) = chunks.skip(count, at: now) {
            return fail(.violation(step: "a chunk", detail: detail))
        }
        state = .receiving(chunks)
        return [.carried(bytes: chunks.reader.bytes)]
    }

    /// The last chunk of an upload is in the kernel's hands: only from now on may the server tell its final time.
    mutating func lastChunkSent() {
        guard case .sending(let commandedAt, let lastTime, let lastBytes, _) = state else { return }
        state = .sending(commandedAt: commandedAt, lastTime: lastTime, lastBytes: lastBytes, isComplete: true)
    }

    mutating func connectionClosed() -> [Action] {
        switch state {
        case .ended: []
        // Servers close without a word on a bad token.
        case .awaitingTokenVerdict: fail(.tokenRejected)
        case .receiving where mayBeRefused: fail(Self.refusedChunks)
        default: fail(.closed(step: awaitedStep))
        }
    }

    mutating func deadlinePassed(after seconds: Double) -> [Action] {
        if case .receiving = state, mayBeRefused { return fail(Self.refusedChunks) }
        return fail(.silent(step: awaitedStep, seconds: seconds))
    }

    private static let refusedChunks = RMBTError.refused(step: "chunks")

    /// Only what a server noted of a whole upload is longer than a line.
    private var longestLine: Int {
        if case .sending(_, _, _, isComplete: true) = state { RMBTReply.longestTimeResult } else { LineBuffer.limit }
    }

    private mutating func read(_ awaited: AwaitedChunks, from input: inout ByteBuffer, at now: Int64) -> [Action] {
        var chunks = awaited
        let progress = input.withUnsafeReadableBytes { chunks.read($0, at: now) }
        switch progress {
        case .more:
            input.moveReaderIndex(forwardBy: input.readableBytes)
            state = .receiving(chunks)
            return [.carried(bytes: chunks.reader.bytes)]
        case .ended(let consumed):
            input.moveReaderIndex(forwardBy: consumed)
            hasWholeStream = true
            state = .awaitingDownloadTime(
                chunks: chunks.reader.chunks, bytes: chunks.reader.bytes, commandedAt: chunks.commandedAt)
            return [.carried(bytes: chunks.reader.bytes), .send(RMBTCommand.ok.line)]
        case .violation(let detail):
            return fail(.violation(step: "a chunk", detail: detail))
        }
    }

    private mutating func received(_ line: String, at now: Int64, bytesSent: Int64) -> [Action] {
        guard let reply = RMBTReply(decoding: line) else { return violation(line) }
        switch (state, reply) {
        case (.awaitingGreeting, .greeting(let version)):
            state = .awaitingTokenPrompt(version: version)
            return []
        case (.awaitingTokenPrompt(let version), .accept(let commands)) where commands.contains("TOKEN"):
            state = .awaitingTokenVerdict(version: version)
            return [.send(RMBTCommand.token(token).line)]
        case (.awaitingTokenVerdict(let version), .ok):
            state = .awaitingChunkSizes(version: version)
            return []
        case (.awaitingTokenVerdict, .error): return fail(.tokenRejected)
        case (.awaitingChunkSizes(let version), .chunkSize(let size, let minimum, let maximum)):
            let sizes = ChunkSizes(initial: size, minimum: minimum, maximum: maximum)
            state = .awaitingPrompt(.connected(version: version, sizes: sizes))
            return []
        case (.awaitingPrompt(let completion), .accept):
            state = .ready
            return [.completed(completion)]
        case (.awaitingPong(let sentAt), .pong):
            state = .awaitingPingTime(sentAt: sentAt, roundTrip: now - sentAt)
            return [.send(RMBTCommand.ok.line)]
        case (.awaitingPingTime(let sentAt, let roundTrip), .time(let server)):
            guard server <= now - sentAt + Self.clockSlack else { return timeViolation(line) }
            state = .awaitingPrompt(.pinged(client: roundTrip, server: server))
            return []
        case (.awaitingDownloadTime(let chunks, let bytes, let commandedAt), .time(let server)):
            guard server <= now - commandedAt + Self.clockSlack else { return timeViolation(line) }
            state = .awaitingPrompt(.downloaded(chunks: chunks, bytes: bytes, serverTime: server))
            return []
        case (.awaitingPermission(.putTimeResult(let size?), _), .error):
            state = .awaitingPromptForPut(size: size)
            return []
        case (.awaitingPromptForPut(let size), .accept):
            state = .awaitingPermission(.put(size: size), commandedAt: now)
            return [.send(RMBTCommand.put(size: size).line)]
        case (.awaitingPermission(_, let commandedAt), .ok):
            state = .sending(commandedAt: commandedAt, lastTime: 0, lastBytes: 0, isComplete: false)
            return [.beginSending]
        case (.sending(let commandedAt, let lastTime, let lastBytes, let isComplete), .timeBytes(let time, let bytes)):
            guard time >= lastTime, time <= now - commandedAt + Self.clockSlack else { return timeViolation(line) }
            guard bytes >= lastBytes, bytes <= bytesSent else { return bytesViolation(line) }
            state = .sending(commandedAt: commandedAt, lastTime: time, lastBytes: bytes, isComplete: isComplete)
            return [.feedback(nanoseconds: time, bytes: bytes)]
        case (.sending(let commandedAt, let lastTime, _, true), .time(let time)):
            guard time >= lastTime, time <= now - commandedAt + Self.clockSlack else { return timeViolation(line) }
            state = .awaitingPrompt(.uploaded(serverTime: time))
            return [.receivedAll(nanoseconds: time)]
        case (.sending(let commandedAt, let lastTime, let lastBytes, true), .timeResult(let tuples)):
            guard let first = tuples.first, let last = tuples.last, first.nanoseconds >= lastTime,
                last.nanoseconds <= now - commandedAt + Self.clockSlack
            else { return timeViolation(line) }
            guard first.bytes >= lastBytes, last.bytes <= bytesSent else { return bytesViolation(line) }
            state = .awaitingFinalTime(commandedAt: commandedAt, lastTime: last.nanoseconds)
            return tuples.map { .feedback(nanoseconds: $0.nanoseconds, bytes: $0.bytes) }
        case (.awaitingFinalTime(let commandedAt, let lastTime), .time(let time)):
            guard time >= lastTime, time <= now - commandedAt + Self.clockSlack else { return timeViolation(line) }
            state = .awaitingPrompt(.uploaded(serverTime: time))
            return [.receivedAll(nanoseconds: time)]
        case (.awaitingFinalTime(_, let lastTime), .accept):
            // Some servers end their report with it.
            state = .ready
            return [.completed(.uploaded(serverTime: lastTime))]
        case (_, .error): return fail(.refused(step: awaitedStep))
        case (_, .bye): return fail(.closed(step: awaitedStep))
        default: return violation(line)
        }
    }

    private mutating func violation(_ line: String) -> [Action] {
        fail(.violation(step: awaitedStep, detail: quoted(line)))
    }

    private mutating func timeViolation(_ line: String) -> [Action] {
        fail(
            .violation(
                step: awaitedStep, detail: "a time that runs backwards or ahead of the clock: \(quoted(line))"))
    }

    private mutating func bytesViolation(_ line: String) -> [Action] {
        fail(
            .violation(
                step: awaitedStep, detail: "more bytes than it was sent, or fewer than before: \(quoted(line))"))
    }

    private func quoted(_ line: String) -> String {
        String(line.prefix(120)).debugDescription
    }

    private mutating func fail(_ error: RMBTError) -> [Action] {
        state = .ended
        return [.fail(error)]
    }
}
