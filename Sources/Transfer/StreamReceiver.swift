import Glibc
import Sockets

/// Receives a TCP stream as fast as the kernel hands it over, and counts it.
///
/// Where nobody needs the bytes themselves, they are dropped inside the kernel (`MSG_TRUNC`) and never copied.
public struct StreamReceiver: Sendable {
    private let socket: SocketDescriptor
    private let stop: StopSignal
    private let meter: ByteMeter
    /// Instants in the tuples are counted from here (``MonotonicClock``).
    private let origin: Int64
    private let deadline: Int64
    private let bitsPerSecond: Double?
    private let allowance: (any ByteAllowance)?
    private let keepsTuples: Bool

    /// - Parameters:
    ///   - origin: the instant that tuples count from.
    ///   - deadline: when to end by itself, an instant of ``MonotonicClock``.
    ///   - bitsPerSecond: reads no faster, so that TCP's own flow control slows the sender; nil is as fast as it comes.
    ///   - allowance: what may be received; nil sets no bound.
    ///   - keepsTuples: false counts bytes alone.
    public init(
        socket: SocketDescriptor, stop: StopSignal, meter: ByteMeter, origin: Int64, deadline: Int64,
        bitsPerSecond: Double? = nil, allowance: (any ByteAllowance)? = nil, keepsTuples: Bool = true
    ) {
        self.socket = socket
        self.stop = stop
        self.meter = meter
        self.origin = origin
        self.deadline = deadline
        self.bitsPerSecond = bitsPerSecond
        self.allowance = allowance
        self.keepsTuples = keepsTuples
    }

    /// Counts the stream without looking at it. Blocks its thread until the deadline, the stop signal or the stream's
    /// end.
    ///
    /// - Parameter prefix: bytes that do not count where the stream begins with them, however they are cut.
    public func count(dropping prefix: [UInt8] = []) -> StreamCount {
        var loop = counting(dropping: prefix)
        return loop.run(stop: stop)
    }

    /// Receives the stream and shows every piece to `inspect`, which says how many of its bytes count as data. Blocks its thread.
    ///
    /// - Parameter inspect: gets the piece and the instant at which it was read; it must keep no pointer into it.
    public func receive(inspecting inspect: @escaping (UnsafeRawBufferPointer, Int64) -> Int) -> StreamCount {
        var loop = inspecting(inspect)
        return loop.run(stop: stop)
    }

    /// ``count(dropping:)`` as a loop for ``DataThread``.
    public func counting(dropping prefix: [UInt8] = []) -> some DataLoop<StreamCount> {
        Loop(receiver: self, prefix: prefix, inspect: nil)
    }

    /// ``receive(inspecting:)`` as a loop for ``DataThread``.
    public func inspecting(
        _ inspect: @escaping (UnsafeRawBufferPointer, Int64) -> Int
    ) -> some DataLoop<StreamCount> {
        Loop(receiver: self, prefix: [], inspect: inspect)
    }

    /// The moving parts of one run.
    private struct Loop: DataLoop {
        let receiver: StreamReceiver
        let inspect: ((UnsafeRawBufferPointer, Int64) -> Int)?
        var isShared = false {
            didSet { makePacer() }
        }
        private var recorder: TupleRecorder
        private var bytes: Int64 = 0
        private(set) var moved: Int64 = 0
        /// What is not counted if it comes next.
        private var awaited: ArraySlice<UInt8>
        /// What of it has come and was not counted.
        private var held = 0
        private var pacer: Pacer?
        private var wakeUp: ReadWakeUp
        /// When a wait for more than one byte is over, while one is under way.
        private var isInVainFrom: Int64?

        /// What one call takes: all that the kernel has, or in turn with others no more than they can wait for.
        private static let largestRead = 1 << 22
        private static let largestSharedRead = 1 << 18
        /// Who shares a thread reads a stream that flows no more often than this, unless it found so much that a window may be full.
        private static let sharedInterval: Int64 = 10_000_000
        private static let shortSharedInterval: Int64 = 3_000_000
        private static let muchInInterval = 1 << 15
        /// More than this, and it reads on at once: the stream is not as slow as was expected.
        private static let muchAtOnce = 1 << 17
        /// What is counted for a status of each second is there shortly before it.
        private static let beforeSecond: Int64 = 2_000_000
        /// POLLRDHUP.
        private static let endOfStream: CInt = 0x2000

        init(receiver: StreamReceiver, prefix: [UInt8], inspect: ((UnsafeRawBufferPointer, Int64) -> Int)?) {
            self.receiver = receiver
            awaited = prefix[...]
            self.inspect = inspect
            recorder = TupleRecorder(isEnabled: receiver.keepsTuples)
            wakeUp = ReadWakeUp(socket: receiver.socket)
            makePacer()
        }

        private mutating func makePacer() {
            pacer = receiver.bitsPerSecond.map { .stream(bitsPerSecond: $0, isShared: isShared) }
        }

        var descriptor: CInt { receiver.socket.number }

        mutating func turn(_ memory: DataLoopMemory) -> DataTurn<StreamCount> {
            if receiver.stop.isRaised { return ended(.stopped) }
            let capacity = inspect != nil ? memory.buffer.count : isShared ? Self.largestSharedRead : Self.largestRead
            var length = receiver.allowance?.turn(of: capacity) ?? capacity
            if length == 0 { return ended(.exhausted) }
            if pacer != nil {
                let now = MonotonicClock.now()
                length = Swift.min(length, pacer?.allowance(at: now) ?? length)
                if length == 0 {
                    if now >= receiver.deadline { return ended(.deadline) }
                    let next = Swift.min(pacer?.nextAllowance() ?? receiver.deadline, receiver.deadline)
                    return .wait(events: 0, until: next)
                }
            }
            let flags = CInt(MSG_DONTWAIT)
            let received =
                if inspect != nil {
                    recv(descriptor, memory.buffer.baseAddress, length, flags)
                } else if awaited.isEmpty {
                    recv(descriptor, nil, length, CInt(MSG_TRUNC) | flags)
                } else {
                    recv(descriptor, memory.buffer.baseAddress, Swift.min(length, awaited.count), flags)
                }
            if received > 0 { return took(received, of: length, memory) }
            if received == 0 { return ended(.peerClosed) }
            switch errno {
            case EINTR: return .again
            case EAGAIN: return nothingThere()
            case let error: return ended(.failed(errno: error))
            }
        }

        private mutating func took(
            _ received: Int, of length: Int, _ memory: DataLoopMemory
        ) -> DataTurn<StreamCount> {
            isInVainFrom = nil
            let now = MonotonicClock.now()
            let piece = UnsafeRawBufferPointer(
                rebasing: memory.buffer.prefix(inspect == nil ? awaited.count : received))
            let counted = inspect.map { $0(piece, now) } ?? countedBeyondPrefix(received, piece)
            bytes += Int64(counted)
            moved += Int64(received)
            pacer?.sent(received)
            receiver.meter.add(counted, at: now)
            receiver.allowance?.spend(received)
            recorder.record(nanoseconds: now - receiver.origin, bytes: bytes)
            if now >= receiver.deadline { return ended(.deadline) }
            if pacer == nil, !isShared { wakeUp.received(received, at: now) }
            guard isShared, pacer == nil, received < Swift.min(length, Self.muchAtOnce) else { return .again }
            return .wait(
                events: Self.endOfStream, until: Swift.min(nextSharedRead(after: now, of: received), receiver.deadline))
        }

        private mutating func countedBeyondPrefix(_ received: Int, _ piece: UnsafeRawBufferPointer) -> Int {
            guard !awaited.isEmpty else { return received }
            if piece.prefix(received).elementsEqual(awaited.prefix(received)) {
                awaited = awaited.dropFirst(received)
                held += received
                return 0
            }
            // It began as the prefix does and went on otherwise.
            awaited = []
            return held + received
        }

        /// Some time after the last read, and shortly before each second of the test.
        private func nextSharedRead(after now: Int64, of received: Int) -> Int64 {
            let second: Int64 = 1_000_000_000
            let passed = (now - receiver.origin + Self.beforeSecond) % second
            let interval = received < Self.muchInInterval ? Self.sharedInterval : Self.shortSharedInterval
            return now + Swift.min(interval, second - passed)
        }

        private mutating func nothingThere() -> DataTurn<StreamCount> {
            let now = MonotonicClock.now()
            if now >= receiver.deadline { return ended(.deadline) }
            // Fewer bytes than were waited for came in all that time, and were read.
            if let instant = isInVainFrom, now >= instant { wakeUp.fellSilent() }
            let latest = isShared ? .max : wakeUp.latest(after: now)
            isInVainFrom = latest < receiver.deadline ? latest : nil
            return .wait(events: POLLIN, until: Swift.min(receiver.deadline, latest))
        }

        private func ended(_ end: TransferEnd) -> DataTurn<StreamCount> {
            .ended(
                StreamCount(
                    tuples: recorder.tuples, bytes: bytes, end: end, endedAt: MonotonicClock.now() - receiver.origin))
        }
    }
}
