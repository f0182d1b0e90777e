import CSocket
import Glibc
import Sockets

/// Sends numbered datagrams as fast as the kernel takes them, or at a rate, in batches that share a system call.
///
/// Each begins with its sequence number (32 bits, big-endian, from 1), counted for each target by itself; zeros or random bytes follow
/// (docs/protocols/btest.md, UDP transfer).
public struct DatagramSender: Sendable {
    private let socket: DatagramSocket
    private let targets: DatagramTargets?
    private let size: DatagramSize
    private let rate: AdjustableRate
    private let randomData: Bool
    private let stop: StopSignal
    private let meter: ByteMeter
    private let origin: Int64
    private let startsAt: Int64
    private let deadline: Int64
    private let allowance: (any ByteAllowance)?
    private let keepsTuples: Bool

    /// Bytes of payload in one batch: what the kernel cuts into datagrams in one go is at most an IP packet long.
    static let largestBatch = 65_000
    static let mostDatagrams = 64
    /// How long a paced sender gathers budget: the length of its bursts.
    private static let burst: Int64 = 300_000
    /// The same where the thread has other loops to drive.
    private static let sharedBurst: Int64 = 1_000_000
    /// Waits are cut at this length, so that a new rate is noticed.
    private static let longestWait: Int64 = 100_000_000

    /// - Parameters:
    ///   - targets: where to send, one whose port is 0 as soon as it has moved to another; nil on a connected socket.
    ///   - rate: limit for all targets together, headers counted; it may change at any time.
    ///   - meter: counts bytes with headers.
    ///   - origin: the instant that tuples count from.
    ///   - startsAt: when the first datagram may go out, an instant of ``MonotonicClock``; nil at once.
    ///   - deadline: when to end by itself, an instant of ``MonotonicClock``.
    ///   - allowance: what may be sent, headers among it; nil sets no bound.
    ///   - keepsTuples: false counts bytes alone.
    public init(
        socket: DatagramSocket, targets: DatagramTargets? = nil, size: DatagramSize, rate: AdjustableRate,
        randomData: Bool, stop: StopSignal, meter: ByteMeter, origin: Int64, startsAt: Int64? = nil, deadline: Int64,
        allowance: (any ByteAllowance)? = nil, keepsTuples: Bool = true
    ) {
        self.socket = socket
        self.targets = targets
        self.size = size
        self.rate = rate
        self.randomData = randomData
        self.stop = stop
        self.meter = meter
        self.origin = origin
        self.startsAt = startsAt ?? .min
        self.deadline = deadline
        self.allowance = allowance
        self.keepsTuples = keepsTuples
    }

    /// Sends until the deadline, the stop signal or the end of the allowance. Blocks its thread.
    public func run() -> DatagramCount {
        var loop = loop()
        return loop.run(stop: stop)
    }

    /// ``run()`` as a loop for ``DataThread``.
    public func loop() -> some DataLoop<DatagramCount> { Loop(sender: self) }

    /// The moving parts of one run.
    private struct Loop: DataLoop {
        private let sender: DatagramSender
        private let memory: DataLoopMemory
        private let generator: IncompressibleData?
        private let packet: Int
        private let mostInBatch: Int
        private var recorder: TupleRecorder
        private var packets: Int64 = 0
        private var offloads: Bool
        private var addresses: [PeerAddress?]
        private var sequences: [UInt32]
        private var version: Int
        private var turn = 0
        private var pacer: Pacer?

        init(sender: DatagramSender) {
            self.sender = sender
            recorder = TupleRecorder(isEnabled: sender.keepsTuples)
            let size = sender.size
            packet = size.packet
            mostInBatch = Swift.max(
                1, Swift.min(DatagramSender.mostDatagrams, DatagramSender.largestBatch / size.payload))
            memory = DataLoopMemory(size: mostInBatch * size.payload)
            // Random bytes overwrite whatever is sent of it, so that a slow flow touches little of it.
            if !sender.randomData { memory.buffer.initializeMemory(as: UInt8.self, repeating: 0) }
            generator = sender.randomData ? IncompressibleData() : nil
            offloads = sender.socket.usesOffload
            version = sender.targets?.version ?? 0
            addresses = sender.targets?.current ?? [nil]
            sequences = [UInt32](repeating: 0, count: addresses.count)
        }

        var isShared = false
        var descriptor: CInt { sender.socket.descriptor.number }
        var moved: Int64 { packets * Int64(packet) }

        mutating func turn(_ memory: DataLoopMemory) -> DataTurn<DatagramCount> {
            if sender.stop.isRaised { return ended(.stopped) }
            if sender.allowance?.isExhausted == true { return ended(.exhausted) }
            let now = MonotonicClock.now()
            if now >= sender.deadline { return ended(.deadline) }
            if now < sender.startsAt { return .wait(events: 0, until: Swift.min(sender.startsAt, sender.deadline)) }
            let count = datagramsAllowed(at: now)
            guard count > 0 else {
                let next = Swift.min(nextAllowed(), sender.deadline, now + DatagramSender.longestWait)
                return .wait(events: 0, until: next)
            }
            let pause = DataTurn<DatagramCount>.wait(events: 0, until: Swift.min(sender.deadline, now + 1_000_000))
            guard findTarget() else { return pause }
            if send(count) > 0 {
                record(at: now)
                return .again
            }
            let error = errno
            switch error {
            case EINTR: return .again
            case EAGAIN:
                let until = Swift.min(sender.deadline, now + DatagramSender.longestWait)
                return .wait(events: POLLOUT, until: until)
            case EINVAL, EIO, EMSGSIZE, EOPNOTSUPP, ENOPROTOOPT:
                // The path or the card takes no joined datagrams, or not ones of this size: from now on each by itself.
                return stopOffloading() ? .again : ended(.failed(errno: error))
            // The far port is closed, the way there is gone for now, or a queue is full: the control connection decides about
            // the test's end, and a pause keeps the loop from spinning.
            case ECONNREFUSED, ENOBUFS, ENETUNREACH, EHOSTUNREACH, ENOMEM, ENETDOWN, EHOSTDOWN, EACCES, EPROTO:
                return pause
            default: return ended(.failed(errno: error))
            }
        }

        private mutating func datagramsAllowed(at now: Int64) -> Int {
            guard let limit = sender.rate.bitsPerSecond else {
                pacer = nil
                return mostInBatch
            }
            // Below two packets a second the field sends one a second (docs/protocols/btest.md, Status message).
            let held = Double(packet * 8) / limit > 0.5 ? Double(packet * 8) : limit
            var current = pacer
            if current?.bitsPerSecond != held {
                current = Pacer(
                    bitsPerSecond: held, smallestWrite: packet,
                    interval: isShared ? DatagramSender.sharedBurst : DatagramSender.burst,
                    lateness: isShared ? Pacer.sharedLateness : nil, now: now,
                    budget: current?.budget)
            }
            let allowed = Swift.min((current?.allowance(at: now) ?? 0) / packet, mostInBatch)
            pacer = current
            return allowed
        }

        private func nextAllowed() -> Int64 { pacer?.nextAllowance() ?? 0 }

        /// Passes over targets whose port is not known yet, and so 0; false where no port is.
        private mutating func findTarget() -> Bool {
            if let targets = sender.targets, targets.version != version {
                version = targets.version
                addresses = targets.current
            }
            for _ in addresses.indices {
                if addresses[turn]?.port != 0 { return true }
                turn = (turn + 1) % addresses.count
            }
            return false
        }

        /// Sends up to `count` datagrams to the target that was found.
        ///
        /// - Returns: how many went out; 0 with errno set where none did.
        private mutating func send(_ count: Int) -> Int {
            guard addresses.indices.contains(turn), sequences.indices.contains(turn) else { return 0 }
            let payload = sender.size.payload
            let batch = UnsafeMutableRawBufferPointer(rebasing: memory.buffer.prefix(count * payload))
            generator?.fill(batch)
            let first = sequences[turn] &+ 1
            for index in 0..<count {
                batch.storeBytes(
                    of: (first &+ UInt32(truncatingIfNeeded: index)).bigEndian, toByteOffset: index * payload,
                    as: UInt32.self)
            }
            let sent = transmit(batch, to: addresses[turn])
            guard sent > 0 else { return 0 }
            sequences[turn] &+= UInt32(truncatingIfNeeded: sent)
            turn = (turn + 1) % addresses.count
            packets += Int64(sent)
            let bytes = sent * packet
            pacer?.sent(bytes)
            sender.meter.add(bytes)
            sender.allowance?.spend(bytes)
            return sent
        }

        private func transmit(_ bytes: UnsafeMutableRawBufferPointer, to address: PeerAddress?) -> Int {
            let payload = sender.size.payload
            let segment = UInt16(truncatingIfNeeded: payload)
            func call(_ target: UnsafePointer<sockaddr>?, _ length: socklen_t) -> Int {
                let number = sender.socket.descriptor.number
                if offloads {
                    let sent = csocket_send_segments(number, bytes.baseAddress, bytes.count, segment, target, length)
                    return sent > 0 ? Int(sent) / payload : 0
                }
                return Int(csocket_send_datagrams(number, bytes.baseAddress, bytes.count, segment, target, length))
            }
            guard let address else { return call(nil, 0) }
            return address.withSystemAddress { call($0, $1) }
        }

        /// - Returns: false where nothing was offloaded before.
        private mutating func stopOffloading() -> Bool {
            defer { offloads = false }
            return offloads
        }

        private mutating func record(at now: Int64) {
            recorder.record(nanoseconds: now - sender.origin, bytes: packets * Int64(packet))
        }

        private func ended(_ end: TransferEnd) -> DataTurn<DatagramCount> {
            var count = DatagramCount(end: end, endedAt: MonotonicClock.now() - sender.origin)
            count.tuples = recorder.tuples
            count.packets.received = packets
            count.bytes = packets * Int64(packet)
            return .ended(count)
        }
    }
}
