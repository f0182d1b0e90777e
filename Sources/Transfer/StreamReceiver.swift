import Glibc

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
        var awaited = prefix[...]
        var beginning = prefix
        return run(reading: 1 << 22) { length in
            guard !awaited.isEmpty else { return recv(socket.number, nil, length, CInt(MSG_TRUNC | MSG_DONTWAIT)) }
            return recv(socket.number, &beginning, Swift.min(length, awaited.count), CInt(MSG_DONTWAIT))
        } counting: { length in
            guard !awaited.isEmpty else { return length }
            if beginning.prefix(length).elementsEqual(awaited.prefix(length)) {
                awaited = awaited.dropFirst(length)
                return 0
            }
            // It began as the prefix does and went on otherwise.
            let held = prefix.count - awaited.count
            awaited = []
            return held + length
        }
    }

    /// Receives the stream and shows every piece to `inspect`, which says how many of its bytes count as data.
    ///
    /// - Parameter inspect: gets the piece and the instant at which it was read; it must keep no pointer into it.
    public func receive(inspecting inspect: (UnsafeRawBufferPointer, Int64) -> Int) -> StreamCount {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
        defer { buffer.deallocate() }
        return run(reading: buffer.count) { length in
            recv(socket.number, buffer.baseAddress, length, CInt(MSG_DONTWAIT))
        } counting: { length in
            inspect(UnsafeRawBufferPointer(rebasing: buffer.prefix(length)), MonotonicClock.now())
        }
    }

    private func run(reading capacity: Int, _ read: (Int) -> Int, counting: (Int) -> Int) -> StreamCount {
        var recorder = TupleRecorder(isEnabled: keepsTuples)
        var bytes: Int64 = 0
        var pacer = bitsPerSecond.map { Pacer(bitsPerSecond: $0, now: MonotonicClock.now()) }
        var wakeUp = ReadWakeUp(socket: socket)
        var hasWaitedInVain = false
        func ended(_ end: TransferEnd) -> StreamCount {
            StreamCount(
                tuples: recorder.tuples, bytes: bytes, end: end, endedAt: MonotonicClock.now() - origin)
        }
        while true {
            if stop.isRaised { return ended(.stopped) }
            var length = allowance?.turn(of: capacity) ?? capacity
            if length == 0 { return ended(.exhausted) }
            if pacer != nil {
                let now = MonotonicClock.now()
                length = Swift.min(length, pacer?.allowance(at: now) ?? length)
                if length == 0 {
                    let next = Swift.min(pacer?.nextAllowance() ?? deadline, deadline)
                    switch SocketWait.wait(for: nil, 0, stop: stop, until: next) {
                    case .stopped: return ended(.stopped)
                    case .ready, .timedOut: if next >= deadline { return ended(.deadline) } else { continue }
                    }
                }
            }
            let received = read(length)
            if received > 0 {
                hasWaitedInVain = false
                let counted = counting(received)
                bytes += Int64(counted)
                pacer?.sent(received)
                let now = MonotonicClock.now()
                meter.add(counted, at: now)
                allowance?.spend(received)
                recorder.record(nanoseconds: now - origin, bytes: bytes)
                if now >= deadline { return ended(.deadline) }
                if pacer == nil { wakeUp.received(received, at: now) }
                continue
            }
            if received == 0 { return ended(.peerClosed) }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                if hasWaitedInVain { wakeUp.fellSilent() }
                hasWaitedInVain = false
                let until = Swift.min(deadline, wakeUp.latest(after: MonotonicClock.now()))
                switch SocketWait.wait(for: socket.number, POLLIN, stop: stop, until: until) {
                case .ready: continue
                case .stopped: return ended(.stopped)
                // Fewer bytes than were waited for may have come meanwhile.
                case .timedOut:
                    if until >= deadline { return ended(.deadline) }
                    hasWaitedInVain = true
                }
            case let error: return ended(.failed(errno: error))
            }
        }
    }
}
