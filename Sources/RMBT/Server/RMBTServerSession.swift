import NIOCore
import Transfer

/// The server's side of one RMBT connection.
///
/// A state machine without socket, clock or logger (specification, section 6; docs/protocols/rmbt.md). Chunks to the client are
/// sent by the caller between ``Action/sendChunks(_:size:)`` and ``lastChunkSent()``.
struct RMBTServerSession {
    enum Amount: Equatable {
        case chunks(Int)
        case seconds(Int)
    }

    enum Action: Equatable {
        case send(String)
        /// A report on a running upload: may be left out where the client does not read.
        case report(String)
        /// Ask the verifier about this token and tell ``tokenJudged(_:)``.
        case judge(token: String)
        /// The token's time has not come: tell ``tokenTimeCame()`` after so many seconds.
        case wait(seconds: Int64)
        case sendChunks(Amount, size: Int)
        /// The peer's last words are answered; close when they are sent.
        case close(RMBTRefusal?)
    }

    private enum State {
        /// Greeted; the token comes next.
        case awaitingToken
        /// The caller judges the token.
        case judging
        /// The token is good and early.
        case waitingForTokenTime
        /// A command comes next.
        case ready
        /// Chunks go out.
        case sending(commandedAt: Int64)
        /// The last chunk is out; the client's OK comes next.
        case awaitingConfirmation(since: Int64)
        /// Chunks come in.
        case receiving(ChunkReader, commandedAt: Int64, reportedAt: Int64?)
        case ended
    }

    /// What the greeting says.
    static let version = "RMBTv1.5.0"
    static let chunkCounts = 1...300_000
    static let durations = 1...30
    /// The most bytes of one command unless a server says otherwise, beside its time: what 40 Gbit/s carry in a minute.
    static let mostBytes: Int64 = 300_000_000_000
    /// r of the specification: the least time between two reports on an upload, in nanoseconds.
    private static let reportInterval: Int64 = 1_000_000

    /// What one call brings at most, but for its last line: a client's lines are shorter than their answers, and those that it does not
    /// read take memory.
    static let mostActions = 64

    /// So many fit into a line of 256 KiB, whatever their digits.
    private static let mostTuples = 6000

    /// The most bytes of one command, beside its time.
    private let mostBytes: Int64
    private var state = State.awaitingToken
    /// Of an upload by PUTTIMERESULT; beside the state, so that no read copies them.
    private var tuples: TupleRecorder?
    /// A client may confirm a TIMERESULT, and need not.
    private var mayConfirm = false
    private var lines = LineBuffer()
    private var size = ChunkSizes.standard.initial
    /// Bytes of chunks that the client sent, in this session.
    private(set) var received: Int64 = 0
    /// Counts the steps of the dialogue: each has its own deadline, and reports on a running upload are none.
    private(set) var step = 0

    /// - Parameter mostBytes: of one command, in either direction.
    init(mostBytes: Int64 = Self.mostBytes) {
        self.mostBytes = mostBytes
    }

    /// The server speaks first.
    mutating func opened() -> [Action] {
        [.send(Self.version + "\n"), .send(RMBTReply.acceptToken)]
    }

    /// Whether the client may send without reading: while its chunks come in.
    var isReceiving: Bool { if case .receiving = state { true } else { false } }

    /// Whether chunks are on their way that the client has not confirmed.
    var isOwedConfirmation: Bool {
        switch state {
        case .sending, .awaitingConfirmation: true
        default: false
        }
    }

    // MARK: Events

    /// - Parameter input: consumed as far as it is understood, and as its answers are few.
    mutating func bytesReceived(_ input: inout ByteBuffer, at now: Int64) -> [Action] {
        var actions: [Action] = []
        while input.readableBytes > 0, actions.count < Self.mostActions {
            switch state {
            case .ended:
                input.clear()
                return actions
            case .receiving(let reader, let commandedAt, let reportedAt):
                actions += read(reader, from: &input, at: now, commandedAt, reportedAt)
            case .judging, .waitingForTokenTime, .sending:
                // The client has nothing to say now; a line that comes early waits, and no more than a line.
                guard input.readableBytes > LineBuffer.limit else { return actions }
                actions += end(.violation("data while none was asked for"))
            case .awaitingToken, .ready, .awaitingConfirmation:
                do {
                    guard let line = try lines.nextLine(in: &input) else { return actions }
                    actions += received(line, at: now)
                } catch {
                    actions += [.send("ERR\n")] + end(.violation("a line that is too long or no text"))
                }
            }
        }
        return actions
    }

    mutating func tokenJudged(_ verdict: RMBTTokenVerifier.Verdict) -> [Action] {
        guard case .judging = state else { return [] }
        switch verdict {
        case .valid: return welcome()
        case .early(_, let seconds):
            state = .waitingForTokenTime
            return [.wait(seconds: seconds)]
        case .outsideWindow, .wrongAddress, .withoutAddress, .forged, .malformed:
            return refused(.token(verdict))
        }
    }

    /// The caller found a reason to end the session.
    mutating func refused(_ refusal: RMBTRefusal) -> [Action] {
        if case .ended = state { return [] }
        // Among chunks a line would be taken for their bytes.
        if case .sending = state { return end(refusal) }
        return [.send("ERR\n")] + end(refusal)
    }

    mutating func tokenTimeCame() -> [Action] {
        guard case .waitingForTokenTime = state else { return [] }
        return welcome()
    }

    mutating func lastChunkSent() {
        guard case .sending(let commandedAt) = state else { return }
        state = .awaitingConfirmation(since: commandedAt)
    }

    /// Bytes of a running upload that nobody needs to look at, before any other comes.
    var skippable: Int {
        if case .receiving(let reader, _, _) = state { reader.skippable } else { 0 }
    }

    /// So many of the ``skippable`` bytes were dropped.
    mutating func bytesSkipped(_ count: Int, at now: Int64) -> [Action] {
        guard case .receiving(var reader, let commandedAt, let reportedAt) = state else { return [] }
        let before = reader.bytes
        reader.skip(count)
        received += reader.bytes - before
        tuples?.record(nanoseconds: now - commandedAt, bytes: reader.bytes)
        return wentOn(reader, at: now, commandedAt, reportedAt)
    }

    // MARK: Parts

    private mutating func welcome() -> [Action] {
        state = .ready
        let sizes = ChunkSizes.standard
        return [
            .send("OK\n"), .send("CHUNKSIZE \(sizes.initial) \(sizes.minimum) \(sizes.maximum)\n"),
            .send(RMBTReply.acceptCommands),
        ]
    }

    private mutating func received(_ line: String, at now: Int64) -> [Action] {
        let command = RMBTCommand(decoding: line)
        step += 1
        defer { mayConfirm = false }
        switch (state, command) {
        case (.awaitingToken, .token(let token)):
            state = .judging
            return [.judge(token: token)]
        case (.awaitingConfirmation(let since), .ok):
            state = .ready
            return [.send("TIME \(now - since)\n"), .send(RMBTReply.acceptCommands)]
        case (.awaitingToken, .quit), (.ready, .quit), (.awaitingConfirmation, .quit):
            return [.send("BYE\n")] + end(nil)
        case (.ready, .ping):
            state = .awaitingConfirmation(since: now)
            return [.send("PONG\n")]
        case (.ready, .getChunks(let count, let size)):
            guard Self.chunkCounts.contains(count), isAffordable(count, size), use(size) else { return rejected }
            state = .sending(commandedAt: now)
            return [.sendChunks(.chunks(count), size: self.size)]
        case (.ready, .getTime(let seconds, let size)):
            guard Self.durations.contains(seconds), use(size) else { return rejected }
            state = .sending(commandedAt: now)
            return [.sendChunks(.seconds(seconds), size: self.size)]
        case (.ready, .put(let size)):
            guard use(size) else { return rejected }
            state = .receiving(ChunkReader(chunkSize: self.size), commandedAt: now, reportedAt: now)
            return [.send("OK\n")]
        case (.ready, .putNoResult(let size)):
            guard use(size) else { return rejected }
            state = .receiving(ChunkReader(chunkSize: self.size), commandedAt: now, reportedAt: nil)
            return [.send("OK\n")]
        case (.ready, .putTimeResult(let size)):
            guard use(size) else { return rejected }
            tuples = TupleRecorder(limit: Self.mostTuples)
            state = .receiving(ChunkReader(chunkSize: self.size), commandedAt: now, reportedAt: nil)
            return [.send("OK\n")]
        case (.ready, .ok) where mayConfirm: return []
        case (.ready, _): return rejected
        case (.awaitingConfirmation, _):
            // Neither OK nor QUIT: the client has not understood what it received.
            state = .ready
            return rejected
        default: return [.send("ERR\n")] + end(.violation("\(line.prefix(40).debugDescription) instead of a token"))
        }
    }

    private var rejected: [Action] { [.send("ERR\n"), .send(RMBTReply.acceptCommands)] }

    /// A size stays in force for later commands without one.
    private mutating func use(_ size: Int?) -> Bool {
        guard let size else { return true }
        guard size >= ChunkSizes.standard.minimum, size <= ChunkSizes.standard.maximum else { return false }
        self.size = size
        return true
    }

    private func isAffordable(_ count: Int, _ size: Int?) -> Bool {
        let (bytes, overflows) = Int64(count).multipliedReportingOverflow(by: Int64(size ?? self.size))
        return !overflows && bytes <= mostBytes
    }

    private mutating func read(
        _ reader: ChunkReader, from input: inout ByteBuffer, at now: Int64, _ commandedAt: Int64, _ reportedAt: Int64?
    ) -> [Action] {
        var reader = reader
        let before = reader.bytes
        let progress = input.withUnsafeReadableBytes { reader.read($0) }
        received += reader.bytes - before
        tuples?.record(nanoseconds: now - commandedAt, bytes: reader.bytes)
        switch progress {
        case .more:
            input.moveReaderIndex(to: input.writerIndex)
            return wentOn(reader, at: now, commandedAt, reportedAt)
        case .ended(let consumed):
            input.moveReaderIndex(forwardBy: consumed)
            state = .ready
            step += 1
            let result = tuples.map { [Action.send(RMBTReply.timeResultLine($0.tuples))] } ?? []
            mayConfirm = tuples != nil
            tuples = nil
            return result + [.send("TIME \(now - commandedAt)\n"), .send(RMBTReply.acceptCommands)]
        case .invalid(let byte):
            return [.send("ERR\n")] + end(.violation("a chunk that ends with \(byte) instead of 0 or 255"))
        }
    }

    /// An upload stands further than before, and not at its end.
    private mutating func wentOn(
        _ reader: ChunkReader, at now: Int64, _ commandedAt: Int64, _ reportedAt: Int64?
    ) -> [Action] {
        guard reader.bytes <= mostBytes else {
            return [.send("ERR\n")] + end(.violation("more than \(mostBytes) bytes with one command"))
        }
        guard let reportedAt, reader.chunks > 0, now - reportedAt >= Self.reportInterval else {
            state = .receiving(reader, commandedAt: commandedAt, reportedAt: reportedAt)
            return []
        }
        state = .receiving(reader, commandedAt: commandedAt, reportedAt: now)
        return [.report("TIME \(now - commandedAt) BYTES \(reader.bytes)\n")]
    }

    private mutating func end(_ refusal: RMBTRefusal?) -> [Action] {
        state = .ended
        return [.close(refusal)]
    }
}
