import Glibc
import Sockets
import Synchronization
import Testing

@testable import Btest

/// A double of RouterOS's bandwidth-server, as live ones were seen to behave (docs/protocols/btest.md, What live RouterOS does): joins get no
/// answer, nothing is sent until all have joined, UDP is numbered from 2 and may come from another port than was named.
///
/// Login and command are read by the project's own session; what follows is written from the notes alone.
final class RouterOSServer: Sendable {
    /// How it writes its statuses, or that it sends none.
    enum Statuses: CaseIterable {
        case highBit, clearBit, oddBytes, zeroLoad, none
        /// Each connection tells a share of one counter of which most is lost.
        case lossy
        /// Each tells of more than anybody sent.
        case boasting
    }

    struct Manner: Sendable {
        var accounts: BtestAccounts = .open
        var statuses = Statuses.highBit
        var givesToken = true
        /// Says `01 HI LO 00` to a join, in two pieces, as one open server does in one.
        var answersJoins = false
        /// How many joins it takes; what comes then is closed, or left without a hello.
        var takenJoins = Int.max
        var leavesJoinsSilent = false
        var sendsFromOtherPort = false
        /// Nanoseconds after which it begins with what came.
        var patience: Int64 = 10_000_000_000
    }

    /// One test, shared by its connections.
    private final class Session: Sendable {
        let command: BtestCommand
        let began = StopSignal()
        let received = Atomic<Int>(0)
        let sent = Atomic<Int>(0)
        let connections = Atomic<Int>(1)
        let ended = StopSignal()

        init(_ command: BtestCommand) {
            self.command = command
        }
    }

    private struct State {
        var session: Session?
        var joins = 0
        /// Connections that were accepted.
        var accepted = 0
    }

    private static let token: UInt16 = 0x0742
    private let manner: Manner
    private let state = Mutex(State())

    init(_ manner: Manner) {
        self.manner = manner
    }

    /// What the last test brought.
    var received: Int { state.withLock { $0.session?.received.load(ordering: .relaxed) ?? 0 } }
    var sent: Int { state.withLock { $0.session?.sent.load(ordering: .relaxed) ?? 0 } }

    /// Serves on a free port while `body` runs; one test after the other.
    @discardableResult static func with<Value>(
        _ manner: Manner, _ body: (RouterOSServer, Int) async throws -> Value
    ) async throws -> Value {
        let server = RouterOSServer(manner)
        return try await ScriptedServer.with {
            server.serve($0)
        } _: {
            try await body(server, $0)
        }
    }

    private func serve(_ peer: ScriptedPeer) {
        let isFurther = state.withLock { state in
            state.accepted += 1
            return state.session != nil && state.session?.ended.isRaised == false
        }
        if isFurther, manner.leavesJoinsSilent, state.withLock({ $0.joins >= manner.takenJoins }) {
            peer.hearOut()
            return
        }
        var session = BtestServerSession(accounts: manner.accounts, nonce: SessionFixtures.nonce)
        var actions = [session.accepted()]
        while true {
            for action in actions {
                switch action {
                case .send(let bytes): peer.say(bytes)
                case .admit(let command, _): return admit(peer, command)
                case .join(let token): return join(peer, token)
                case .closeAfter(let bytes, _):
                    peer.say(bytes)
                    return
                case .close: return
                }
            }
            let heard = peer.hearSome()
            guard !heard.isEmpty else { return }
            actions = session.bytesReceived(heard)
        }
    }

    private func admit(_ peer: ScriptedPeer, _ command: BtestCommand) {
        let session = Session(command)
        state.withLock { $0 = State(session: session, joins: 0, accepted: $0.accepted) }
        guard command.transport == .tcp else { return datagrams(peer, session) }
        if command.connectionCount > 0, manner.givesToken {
            peer.say([1, UInt8(Self.token >> 8), UInt8(Self.token & 0xFF), 0])
            session.began.wait(until: MonotonicClock.now() + manner.patience)
        } else {
            peer.say([1, 0, 0, 0])
        }
        session.began.raise()
        stream(peer, session, index: 0)
    }

    private func join(_ peer: ScriptedPeer, _ token: UInt16) {
        let (session, number) = state.withLock { state in
            state.joins += 1
            return (state.session, state.joins)
        }
        guard token == Self.token, let session, number <= manner.takenJoins else { return }
        if manner.answersJoins {
            peer.say([1, UInt8(token >> 8)])
            ScriptedPeer.pause(milliseconds: 20)
            peer.say([UInt8(token & 0xFF), 0])
        }
        let count = session.connections.wrappingAdd(1, ordering: .relaxed).newValue
        if count >= Int(session.command.connectionCount) { session.began.raise() }
        session.began.wait(until: MonotonicClock.now() + manner.patience)
        stream(peer, session, index: number)
    }

    private func status(_ sequence: UInt32, _ bytes: Int) -> [UInt8] {
        let head: [UInt8] =
            switch manner.statuses {
            case .clearBit: [7, 30, 0, 0]
            case .oddBytes: [7, 30, 0xBE, 0xEF]
            case .zeroLoad: [7, 0, 0, 0]
            default: [7, 0x80 | 30, 0, 0]
            }
        let fields = [sequence, UInt32(truncatingIfNeeded: bytes)]
        return head + fields.flatMap { field in (0..<4).map { UInt8(truncatingIfNeeded: field >> (8 * $0)) } }
    }

    /// What the connection with this number tells each second, of so many bytes since the last time; nil for nothing.
    private func told(_ index: Int, _ bytes: Int, _ session: Session) -> Int? {
        switch manner.statuses {
        case .none: nil
        case .lossy: bytes / (8 * session.connections.load(ordering: .relaxed))
        case .boasting: 4_000_000_000
        default: index == 0 ? bytes : nil
        }
    }

    /// Data and statuses of one connection, until either side ends it.
    private func stream(_ peer: ScriptedPeer, _ session: Session, index: Int) {
        let command = session.command
        let began = MonotonicClock.now()
        let share = Double(command.remoteTransmitSpeed) / 8 / Double(session.connections.load(ordering: .relaxed))
        let zeros = [UInt8](repeating: 0, count: 8192)
        var buffer = [UInt8](repeating: 0, count: 1 << 17)
        var pending: ArraySlice<UInt8> = []
        var sent = 0
        var due = began + 1_000_000_000
        var sequence: UInt32 = 0
        var before = 0
        let flags = CInt(MSG_DONTWAIT | MSG_NOSIGNAL)
        defer { session.ended.raise() }
        while !session.ended.isRaised {
            let now = MonotonicClock.now()
            let count = recv(peer.socket.number, &buffer, buffer.count, flags)
            if count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) { return }
            if count > 0 { session.received.wrappingAdd(count, ordering: .relaxed) }
            if pending.isEmpty, command.direction.includesUpload, now >= due {
                due += 1_000_000_000
                let received = session.received.load(ordering: .relaxed)
                if let told = told(index, received - before, session) {
                    sequence += 1
                    pending = status(sequence, told)[...]
                }
                before = received
            }
            let isDue = share == 0 || Double(sent) < share * Double(now - began) * 1e-9
            if pending.isEmpty, command.direction.includesDownload, isDue {
                pending = zeros[...]
                sent += zeros.count
                session.sent.wrappingAdd(zeros.count, ordering: .relaxed)
            }
            if !pending.isEmpty {
                let count = pending.withUnsafeBytes { send(peer.socket.number, $0.baseAddress, $0.count, flags) }
                if count > 0 {
                    pending = pending.dropFirst(count)
                    continue
                }
                guard errno == EAGAIN || errno == EINTR else { return }
            }
            if count <= 0 { usleep(1000) }
        }
    }

    private func datagrams(_ peer: ScriptedPeer, _ session: Session) {
        guard let local = PeerAddress(localOf: peer.socket.number),
            let client = PeerAddress(peerOf: peer.socket.number),
            case .success(let named) = DatagramSocket.bound(to: local.withPort(0)),
            case .success(let other) = DatagramSocket.bound(to: local.withPort(0))
        else { return }
        let port = named.local.port
        let command = session.command
        peer.say([1, 0, 0, 0, UInt8(port >> 8), UInt8(port & 0xFF)])
        // The client opens its ports meanwhile.
        ScriptedPeer.pause(milliseconds: 100)
        let origin = MonotonicClock.now()
        let payload = [UInt8](repeating: 0, count: max(Int(command.transmitSize) - 28 - 4, 0))
        let ports = (0..<max(Int(command.connectionCount), 1)).compactMap { UInt16(exactly: port + 256 + $0) }
        var number: UInt32 = 2
        var sent = 0
        var due = origin + 1_000_000_000
        var sequence: UInt32 = 0
        var before = 0
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let now = MonotonicClock.now()
            let control = recv(peer.socket.number, &buffer, 64, CInt(MSG_DONTWAIT))
            if control == 0 || (control < 0 && errno != EAGAIN && errno != EINTR) { return }
            while case let count = recv(named.descriptor.number, &buffer, buffer.count, CInt(MSG_DONTWAIT)), count >= 0
            {
                if count >= 4 { session.received.wrappingAdd(count + 28, ordering: .relaxed) }
            }
            if now >= due {
                due += 1_000_000_000
                let received = session.received.load(ordering: .relaxed)
                if let told = told(0, received - before, session) {
                    sequence += 1
                    peer.say(status(sequence, told))
                }
                before = received
            }
            while command.direction.includesDownload,
                Double(sent) * 8 < Double(command.remoteTransmitSpeed) * Double(now - origin) * 1e-9
            {
                for port in ports {
                    (manner.sendsFromOtherPort ? other : named).sendOnce(
                        (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) } + payload,
                        to: client.withPort(port))
                    sent += Int(command.transmitSize)
                }
                number += 1
            }
            usleep(1000)
        }
    }
}
