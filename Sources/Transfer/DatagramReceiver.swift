import CSocket
import Glibc
import Sockets

/// Receives numbered datagrams as fast as the kernel hands them over, and counts them for each flow.
public struct DatagramReceiver: Sendable {
    private let socket: DatagramSocket
    private let flows: Int
    private let headers: Int
    private let stop: StopSignal
    private let meter: ByteMeter
    private let losses: ByteMeter?
    private let origin: Int64
    private let deadline: Int64
    private let allowance: (any ByteAllowance)?
    private let keepsTuples: Bool
    private let bitsPerSecond: Double?

    /// What one call may bring: the largest joined datagram.
    private static let capacity = 1 << 16
    /// How many datagrams a call brings where the kernel joins none.
    private static let batch = 64
    /// The source of a batch is asked about again after this, so that whoever sorts knows that it is alive.
    private static let sortingInterval: Int64 = 100_000_000

    /// - Parameters:
    ///   - flows: how many there are.
    ///   - headers: bytes that count for each datagram beside its payload.
    ///   - meter: counts bytes with headers, without duplicates.
    ///   - losses: counts datagrams that did not arrive, as far as that is known, some times a second.
    ///   - origin: the instant that tuples count from.
    ///   - deadline: when to end by itself, an instant of ``MonotonicClock``.
    ///   - allowance: what may be received, headers, duplicates and datagrams without a number among it; nil sets no bound.
    ///   - bitsPerSecond: what comes faster, headers counted, is dropped as if it had been lost; nil takes all.
    ///   - keepsTuples: false counts bytes alone.
    public init(
        socket: DatagramSocket, flows: Int = 1, headers: Int, stop: StopSignal, meter: ByteMeter,
        losses: ByteMeter? = nil, origin: Int64, deadline: Int64, allowance: (any ByteAllowance)? = nil,
        keepsTuples: Bool = true,
        bitsPerSecond: Double? = nil
    ) {
        self.socket = socket
        self.flows = flows
        self.headers = headers
        self.stop = stop
        self.meter = meter
        self.losses = losses
        self.origin = origin
        self.deadline = deadline
        self.allowance = allowance
        self.keepsTuples = keepsTuples
        self.bitsPerSecond = bitsPerSecond
    }

    /// Says to which flow a source belongs, from 0, or nil for a stranger's, whose datagrams are dropped. It gets the source, the first
    /// datagram's length and sequence number (nil for one too short to have any) and the instant; asked when the source changes, and
    /// from time to time.
    public typealias Sorting = (PeerAddress, Int, UInt32?, Int64) -> Int?

    /// Receives until the deadline, the stop signal or the end of the allowance. Blocks its thread.
    ///
    /// - Returns: one count for each flow.
    public func run(sorting: @escaping Sorting) -> [DatagramCount] {
        var loop = loop(sorting: sorting)
        return loop.run(stop: stop)
    }

    /// ``run(sorting:)`` as a loop for ``DataThread``.
    public func loop(sorting: @escaping Sorting) -> some DataLoop<[DatagramCount]> {
        Loop(receiver: self, sorting: sorting)
    }

    /// One flow's moving parts.
    private struct Flow {
        var tracker: SequenceTracker
        var recorder: TupleRecorder
        var bytes: Int64 = 0
    }

    /// The moving parts of one run.
    private struct Loop: DataLoop {
        private let receiver: DatagramReceiver
        private let sorting: Sorting
        private var heads: [csocket_datagram]
        var isShared = false
        private(set) var moved: Int64 = 0
        /// Whether anything came since the last wait.
        private var hasReceived = false
        private var flows: [Flow]
        private var source: PeerAddress?
        private var flow: Int?
        private var sortedAt: Int64 = .min
        private var lostBefore: Int64 = 0
        private var policer: RatePolicer?
        private var now: Int64 = 0

        /// Who shares a thread reads datagrams that flow no more often than this: less than the smallest buffer holds.
        private static let sharedInterval: Int64 = 4_000_000

        init(receiver: DatagramReceiver, sorting: @escaping Sorting) {
            self.receiver = receiver
            self.sorting = sorting
            heads = [csocket_datagram](
                repeating: csocket_datagram(), count: receiver.socket.usesOffload ? 0 : DatagramReceiver.batch)
            let flow = Flow(
                tracker: SequenceTracker(),
                recorder: TupleRecorder(isEnabled: receiver.keepsTuples))
            flows = [Flow](repeating: flow, count: receiver.flows)
            policer = receiver.bitsPerSecond.map { RatePolicer(bitsPerSecond: $0, now: MonotonicClock.now()) }
        }

        var descriptor: CInt { receiver.socket.descriptor.number }

        mutating func turn(_ memory: DataLoopMemory) -> DataTurn<[DatagramCount]> {
            if receiver.stop.isRaised { return ended(.stopped) }
            if receiver.allowance?.isExhausted == true { return ended(.exhausted) }
            let received =
                receiver.socket.usesOffload
                ? receiveJoined(
                    into: UnsafeMutableRawBufferPointer(rebasing: memory.buffer.prefix(DatagramReceiver.capacity)))
                : receiveSingle()
            if received >= 0 {
                hasReceived = true
                return now >= receiver.deadline ? ended(.deadline) : .again
            }
            switch errno {
            // An answer that nothing listens there is no news: the control connection decides about the test's end.
            case EINTR, ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, EHOSTDOWN, EACCES, EPROTO, ENOPROTOOPT, EMSGSIZE:
                return .again
            case EAGAIN:
                let instant = MonotonicClock.now()
                if instant >= receiver.deadline { return ended(.deadline) }
                defer { hasReceived = false }
                return isShared && hasReceived
                    ? .wait(events: 0, until: Swift.min(instant + Self.sharedInterval, receiver.deadline))
                    : .wait(events: POLLIN, until: receiver.deadline)
            case let error: return ended(.failed(errno: error))
            }
        }

        /// One call that may bring several datagrams of one source. -1 with errno set where none came.
        private mutating func receiveJoined(into memory: UnsafeMutableRawBufferPointer) -> Int {
            var segment: CInt = 0
            var from = sockaddr_storage()
            var fromLength: UInt32 = 0
            let received = Int(
                csocket_receive_segments(
                    receiver.socket.descriptor.number, memory.baseAddress, memory.count, &segment, &from, &fromLength))
            guard received >= 0 else { return -1 }
            now = MonotonicClock.now()
            moved += Int64(received)
            let piece = UnsafeRawBufferPointer(rebasing: memory.prefix(received))
            let isKnown = withUnsafeBytes(of: &from) { raw in
                sort(
                    UnsafeRawBufferPointer(rebasing: raw.prefix(Int(fromLength))), Swift.min(received, Int(segment)),
                    Self.sequence(in: piece, at: 0))
            }
            guard isKnown else { return received }
            let pieces = segment > 0 ? (received + Int(segment) - 1) / Int(segment) : 1
            receiver.allowance?.spend(received + pieces * receiver.headers)
            guard segment > 0 else { return received }
            var counted = 0
            var offset = 0
            while offset < received {
                let length = Swift.min(Int(segment), received - offset)
                counted += count(Self.sequence(in: piece, at: offset), length)
                offset += length
            }
            note(counted)
            return received
        }

        /// One call that brings the heads of several datagrams. -1 with errno set where none came.
        private mutating func receiveSingle() -> Int {
            // Each may be as large as a datagram can be, and near its end a budget bears few of those.
            let most = receiver.allowance.map { Swift.max($0.turn(of: heads.count << 16) >> 16, 1) } ?? heads.count
            let received = Int(
                csocket_receive_datagrams(
                    receiver.socket.descriptor.number, &heads, UInt32(truncatingIfNeeded: most)))
            guard received >= 0 else { return -1 }
            now = MonotonicClock.now()
            for index in 0..<Swift.min(received, heads.count) {
                let length = Int(heads[index].length)
                moved += Int64(length)
                let sequence =
                    length < 4 ? nil : withUnsafeBytes(of: heads[index].head) { Self.sequence(in: $0, at: 0) }
                let fromLength = Int(heads[index].from_length)
                let isKnown = withUnsafeBytes(of: heads[index].from) { raw in
                    sort(UnsafeRawBufferPointer(rebasing: raw.prefix(fromLength)), length, sequence)
                }
                guard isKnown else { continue }
                receiver.allowance?.spend(length + receiver.headers)
                note(count(sequence, length))
            }
            return received
        }

        /// Finds the flow of the source, and says whether it has one.
        private mutating func sort(
            _ raw: UnsafeRawBufferPointer, _ length: Int, _ sequence: UInt32?
        ) -> Bool {
            if let source, source.equals(raw), now &- sortedAt < DatagramReceiver.sortingInterval { return flow != nil }
            sortedAt = now
            tellLosses()
            source = raw.withMemoryRebound(to: sockaddr.self) { pointer in
                pointer.baseAddress.flatMap { PeerAddress($0, length: socklen_t(raw.count)) }
            }
            flow = source.flatMap { sorting($0, length, sequence, now) }.flatMap {
                flows.indices.contains($0) ? $0 : nil
            }
            return flow != nil
        }

        private mutating func tellLosses() {
            guard let losses = receiver.losses else { return }
            let lost = flows.reduce(0) { $0 + $1.tracker.count.lost }
            losses.add(Int(lost - lostBefore))
            lostBefore = lost
        }

        /// - Returns: the bytes that count, headers among them.
        private mutating func count(_ sequence: UInt32?, _ length: Int) -> Int {
            // A datagram without a number is a probe that opens a way, and carries nothing.
            guard let sequence, let flow, isWithinRate(length), flows[flow].tracker.received(sequence) else { return 0 }
            return length + receiver.headers
        }

        private mutating func isWithinRate(_ length: Int) -> Bool {
            let bytes = length + receiver.headers
            let instant = now
            return policer?.admits(bytes, at: instant) ?? true
        }

        private mutating func note(_ counted: Int) {
            guard counted > 0, let flow else { return }
            flows[flow].bytes += Int64(counted)
            flows[flow].recorder.record(nanoseconds: now - receiver.origin, bytes: flows[flow].bytes)
            receiver.meter.add(counted, at: now)
        }

        private static func sequence(in piece: UnsafeRawBufferPointer, at offset: Int) -> UInt32? {
            guard offset + 4 <= piece.count else { return nil }
            return UInt32(bigEndian: piece.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        }

        private func ended(_ end: TransferEnd) -> DataTurn<[DatagramCount]> {
            .ended(
                flows.map { flow in
                    var count = DatagramCount(end: end, endedAt: MonotonicClock.now() - receiver.origin)
                    count.tuples = flow.recorder.tuples
                    count.bytes = flow.bytes
                    count.packets = flow.tracker.count
                    return count
                })
        }
    }
}
