import CSocket
import Glibc
import Sockets

/// Sends bytes over a TCP connection as fast as the kernel takes them, or at a rate.
///
/// The tuples of its count say what the *peer's kernel had acknowledged*, not what was written: a write only fills this
/// side's buffer, which on a slow line holds seconds of data.
public struct StreamSender: Sendable {
    /// What the data is.
    public enum Payload: Sendable {
        case zeros, random
        /// Nothing but what is interjected.
        case nothing
    }

    private let socket: SocketDescriptor
    private let stop: StopSignal
    private let meter: ByteMeter
    private let origin: Int64
    private let deadline: Int64
    private let payload: Payload
    private let bitsPerSecond: Double?
    private let isTwoWay: Bool
    private let allowance: (any ByteAllowance)?
    private let keepsTuples: Bool

    /// Bytes offered to the kernel in one call where only one direction flows: few calls, each of them long.
    static let writeSize = 1 << 19
    /// The same both ways: a write holds the socket's lock as long as it copies, and the reader waits for it.
    static let twoWayWriteSize = 1 << 16
    /// As much random data as stays in a core's cache between its making and its copying.
    static let randomWriteSize = 1 << 17

    private var writeSize: Int {
        let size = isTwoWay ? Self.twoWayWriteSize : Self.writeSize
        return payload == .random ? Swift.min(size, Self.randomWriteSize) : size
    }

    /// How often the acknowledged bytes are read, in nanoseconds.
    private static let acknowledgementInterval: Int64 = 5_000_000

    /// - Parameters:
    ///   - origin: the instant that tuples count from.
    ///   - deadline: when to end by itself, an instant of ``MonotonicClock``.
    ///   - bitsPerSecond: the limit; nil sends as fast as it goes.
    ///   - isTwoWay: whether the same connection receives at full speed meanwhile.
    ///   - allowance: what data may be sent; nil sets no bound.
    ///   - keepsTuples: false counts bytes alone.
    public init(
        socket: SocketDescriptor, stop: StopSignal, meter: ByteMeter, origin: Int64, deadline: Int64,
        payload: Payload = .zeros, bitsPerSecond: Double? = nil, isTwoWay: Bool = false,
        allowance: (any ByteAllowance)? = nil, keepsTuples: Bool = true
    ) {
        self.socket = socket
        self.stop = stop
        self.meter = meter
        self.origin = origin
        self.deadline = deadline
        self.payload = payload
        self.bitsPerSecond = bitsPerSecond
        self.isTwoWay = isTwoWay
        self.allowance = allowance
        self.keepsTuples = keepsTuples
    }

    /// Sends until the deadline, the stop signal or the end of the stream. Blocks its thread.
    ///
    /// - Parameter interjection: asked before each write and at the instants that it names; the message that it returns
    ///   goes out whole between two data writes and is not counted.
    public func run(interjecting interjection: @escaping (Int64) -> Interjection = { _ in .none }) -> StreamCount {
        var loop = loop(interjecting: interjection)
        return loop.run(stop: stop)
    }

    /// ``run(interjecting:)`` as a loop for ``DataThread``.
    public func loop(
        interjecting interjection: @escaping (Int64) -> Interjection = { _ in .none }
    ) -> some DataLoop<StreamCount> {
        Loop(sender: self, interjection: interjection)
    }

    /// What a sender is asked to put between two data writes.
    public struct Interjection: Sendable {
        /// Empty for none.
        public let message: [UInt8]
        /// The instant at which to ask again, though no data is sent until then.
        public let next: Int64

        public init(message: [UInt8], next: Int64) {
            self.message = message
            self.next = next
        }

        public static let none = Interjection(message: [], next: .max)
    }

    /// The moving parts of one run.
    private struct Loop: DataLoop {
        private let sender: StreamSender
        private let interjection: (Int64) -> Interjection
        private var recorder: TupleRecorder
        private var bytes: Int64 = 0
        private var pendingMessage: ArraySlice<UInt8> = []
        private var nextInterjection: Int64 = .max
        private var pacer: Pacer?
        private let source: PayloadSource?
        private let acknowledgedBefore: Int64
        private var sampledAt: Int64 = 0

        init(sender: StreamSender, interjection: @escaping (Int64) -> Interjection) {
            self.sender = sender
            self.interjection = interjection
            recorder = TupleRecorder(isEnabled: sender.keepsTuples)
            switch sender.payload {
            case .zeros: source = PayloadSource(size: sender.writeSize, random: false)
            case .random: source = PayloadSource(size: sender.writeSize, random: true)
            case .nothing: source = nil
            }
            acknowledgedBefore = csocket_bytes_acknowledged(sender.socket.number)
            makePacer()
        }

        var descriptor: CInt { sender.socket.number }
        var moved: Int64 { bytes }
        var isShared = false {
            didSet { makePacer() }
        }

        private mutating func makePacer() {
            pacer = sender.bitsPerSecond.map { .stream(bitsPerSecond: $0, isShared: isShared) }
        }

        mutating func turn(_ memory: DataLoopMemory) -> DataTurn<StreamCount> {
            if sender.stop.isRaised { return ended(.stopped) }
            let turn = sender.allowance?.turn(of: sender.writeSize) ?? sender.writeSize
            if turn == 0 { return ended(.exhausted) }
            let now = MonotonicClock.now()
            if now >= sender.deadline { return ended(.deadline) }
            sample(at: now)
            if pendingMessage.isEmpty { ask(at: now) }
            let length = pendingMessage.isEmpty ? Swift.min(dataAllowance(at: now), turn) : 0
            if pendingMessage.isEmpty && length == 0 {
                return .wait(events: 0, until: Swift.min(nextData(), nextInterjection, sender.deadline))
            }
            if write(dataLength: length) >= 0 { return .again }
            switch errno {
            case EINTR: return .again
            case EAGAIN:
                // A full buffer is also looked at when the next sample is due: acknowledgements go on without writes.
                let nextSample = recorder.isEnabled ? now + StreamSender.acknowledgementInterval : .max
                return .wait(events: POLLOUT, until: Swift.min(sender.deadline, nextSample))
            case EPIPE, ECONNRESET: return ended(.peerClosed)
            case let error: return ended(.failed(errno: error))
            }
        }

        private mutating func ask(at now: Int64) {
            let answer = interjection(now)
            pendingMessage = answer.message[...]
            nextInterjection = answer.next
        }

        private mutating func dataAllowance(at now: Int64) -> Int {
            guard source != nil else { return 0 }
            guard pacer != nil else { return sender.writeSize }
            return Swift.min(pacer?.allowance(at: now) ?? 0, sender.writeSize)
        }

        private func nextData() -> Int64 {
            guard source != nil else { return .max }
            return pacer?.nextAllowance() ?? 0
        }

        /// One write of the pending message, or else of data. -1 with errno set where the kernel refused.
        private mutating func write(dataLength: Int) -> Int {
            let flags = CInt(MSG_DONTWAIT | MSG_NOSIGNAL)
            if !pendingMessage.isEmpty {
                let sent = pendingMessage.withUnsafeBytes {
                    send(sender.socket.number, $0.baseAddress, $0.count, flags)
                }
                if sent > 0 { pendingMessage = pendingMessage.dropFirst(sent) }
                return sent
            }
            guard let source else { return 0 }
            let sent = send(sender.socket.number, source.next(dataLength), dataLength, flags)
            if sent > 0 {
                bytes += Int64(sent)
                pacer?.sent(sent)
                sender.meter.add(sent)
                sender.allowance?.spend(sent)
            }
            return sent
        }

        private mutating func sample(at now: Int64) {
            guard recorder.isEnabled, now - sampledAt >= StreamSender.acknowledgementInterval else { return }
            sampledAt = now
            let acknowledged = csocket_bytes_acknowledged(sender.socket.number)
            guard acknowledged >= 0, acknowledgedBefore >= 0 else { return }
            // Interjected messages are acknowledged too; they may lift the count by a few bytes a second, never above
            // what was sent.
            let carried = Swift.min(acknowledged - acknowledgedBefore, bytes)
            // `now` may be from before a long write; the count is of this instant.
            recorder.record(nanoseconds: MonotonicClock.now() - sender.origin, bytes: carried)
        }

        private mutating func ended(_ end: TransferEnd) -> DataTurn<StreamCount> {
            sampledAt = 0
            let now = MonotonicClock.now()
            sample(at: now)
            return .ended(
                StreamCount(tuples: recorder.tuples, bytes: bytes, end: end, endedAt: now - sender.origin))
        }
    }
}
