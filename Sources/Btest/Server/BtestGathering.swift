import Glibc
import ServerLimits
import Sockets
import Transfer

/// Keeps a test's connections company until all have joined (docs/protocols/btest.md, Several TCP connections): nothing is sent on any, and
/// what the client sends meanwhile is read and counted, so that its end is noticed behind it and its bytes and their time belong together.
struct BtestGathering {
    /// One connection of the test and what came on it so far.
    struct Member: Sendable {
        let socket: SocketDescriptor
        let received: ByteMeter
    }

    /// What came of the wait.
    struct Outcome: Sendable {
        var members: [Member] = []
        /// Connections that ended before the others had come; what came on them is told where the test is given up.
        var departed: [Member] = []
        /// When the client's first byte came, where one did.
        var firstByteAt: Int64?
        /// Why the test will not begin; nil where it does.
        var end: BtestServedTestResult.Reason?
    }

    let ticket: BtestAdmissionDesk.Ticket
    let desk: BtestAdmissionDesk
    /// Raised when all have joined, or the server stops.
    let complete: StopSignal
    let cancelled: StopSignal

    /// A connection that joins is noticed so soon, in milliseconds; the last one at once.
    private static let turn: CInt = 20
    private static let largestRead = 1 << 20
    /// POLLRDHUP: the peer's end of the stream has come.
    private static let endOfStream: CShort = 0x2000

    /// Blocks its thread until all connections have come, the time to wait is over, the client gives up or breaks a rule.
    func run() -> Outcome {
        var outcome = Outcome()
        let isAsked = ticket.command.direction.includesUpload
        let allowance: any ByteAllowance =
            isAsked ? ticket.grant.received : UnaskedAllowance(counting: ticket.grant.received)
        var pacer = ticket.maxBitsPerSecond.map { Pacer(bitsPerSecond: $0, now: MonotonicClock.now()) }
        while true {
            let now = MonotonicClock.now()
            // Asked before the connections are: the last of them may come in between.
            let isOver = cancelled.isRaised || complete.isRaised || now >= ticket.expiry
            for socket in desk.socketsGathered(ticket) where !outcome.members.contains(where: { $0.socket === socket })
            {
                outcome.members.append(Member(socket: socket, received: ByteMeter()))
            }
            if isOver { return outcome }
            let allowed = min(
                allowance.turn(of: Self.largestRead), pacer?.allowance(at: now) ?? Self.largestRead)
            for index in ready(outcome.members, reading: allowed > 0, until: ticket.expiry - now).reversed() {
                let member = outcome.members[index]
                let flags = CInt(MSG_TRUNC | MSG_DONTWAIT)
                let count = allowed > 0 ? recv(member.socket.number, nil, allowed, flags) : -1
                if count > 0 {
                    let instant = MonotonicClock.now()
                    outcome.firstByteAt = outcome.firstByteAt ?? instant
                    if isAsked { member.received.add(count, at: instant) }
                    allowance.spend(count)
                    pacer?.sent(count)
                } else if count == 0 || (allowed > 0 && errno != EAGAIN && errno != EINTR) {
                    if index == 0 {
                        outcome.end = .clientLeft
                        return outcome
                    }
                    // A join that was taken back leaves its place to another.
                    outcome.departed.append(outcome.members.remove(at: index))
                    desk.left(member.socket, ticket)
                }
            }
            if allowance.isExhausted {
                outcome.end =
                    isAsked
                    ? .init(.exhausted, of: ticket.grant) : .violation("data in a test that only downloads")
                return outcome
            }
        }
    }

    /// Which connections have something to read, or have ended.
    private func ready(_ members: [Member], reading: Bool, until left: Int64) -> [Int] {
        let events = (reading ? CShort(POLLIN) : 0) | Self.endOfStream
        var polled = members.map { pollfd(fd: $0.socket.number, events: events, revents: 0) }
        polled += [complete, cancelled].map { pollfd(fd: $0.descriptor, events: CShort(POLLIN), revents: 0) }
        let turn = min(Self.turn, CInt(clamping: left / 1_000_000 + 1))
        guard poll(&polled, nfds_t(polled.count), turn) > 0 else { return [] }
        return members.indices.filter { polled[$0].revents != 0 }
    }
}
