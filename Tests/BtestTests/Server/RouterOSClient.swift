import Glibc
import Sockets

@testable import Btest

/// A double of RouterOS's bandwidth-test over TCP and UDP (docs/protocols/btest.md, What live RouterOS does): it waits for no answer to a join,
/// counts every byte that comes as data and prints "test unsupported" where several connections get no token.
///
/// The login is the project's own session's; what follows is written from the notes alone. It blocks: use it on a thread of its own.
struct RouterOSClient: Sendable {
    enum Failure: Error, Equatable {
        case connection, login, testUnsupported
    }

    struct Outcome: Sendable {
        var connections = 0
        var received = 0
        var sent = 0
        /// What the server's statuses told, and on which connections they came.
        var told = 0
        var tellers: Set<Int> = []
        /// Bytes of a download that are not zero.
        var strays = 0
        /// UDP numbers that never came.
        var lost = 0
    }

    let port: Int
    let command: BtestCommand
    var isLoggingIn = false
    var duration: Int64 = 1_300_000_000
    /// Of the joins that it announces, so many are not made.
    var missingJoins = 0
    /// What is done once all have joined, instead of a test.
    var leavesAtOnce = false

    func run() throws(Failure) -> Outcome {
        let first = try connect()
        let (start, surplus) = try logIn(first)
        guard case .stream(let token) = start else { return try datagrams(first, start) }
        var peers = [first]
        if command.connectionCount > 0 {
            guard let token else { throw .testUnsupported }
            for _ in 1..<max(Int(command.connectionCount) - missingJoins, 1) { peers.append(try connect()) }
            for peer in peers.dropFirst() {
                guard peer.hear(4) == [1, 0, 0, 0] else { throw .connection }
                peer.say([UInt8(token >> 8), UInt8(token & 0xFF), 2, 0] + [UInt8](repeating: 0, count: 12))
            }
        }
        var outcome = Outcome(connections: peers.count, received: surplus.count)
        if !leavesAtOnce { move(peers, &outcome) }
        return outcome
    }

    private func connect() throws(Failure) -> ScriptedPeer {
        do {
            return try ScriptedPeer.connect(port: port)
        } catch {
            throw .connection
        }
    }

    private func logIn(_ peer: ScriptedPeer) throws(Failure) -> (BtestStart, [UInt8]) {
        var session = BtestClientSession(
            command: command, login: isLoggingIn ? .init(userName: "u", password: "right") : nil, required: nil)
        while true {
            let heard = peer.hearSome()
            guard !heard.isEmpty else { throw .login }
            for action in session.bytesReceived(heard) {
                switch action {
                case .send(let bytes): peer.say(bytes)
                case .startTransfer(let start, let surplus): return (start, surplus)
                case .fail: throw .login
                }
            }
        }
    }

    /// Data on all connections from one loop, as far as the speeds in the command let it.
    private func move(_ peers: [ScriptedPeer], _ outcome: inout Outcome) {
        let began = MonotonicClock.now()
        let zeros = [UInt8](repeating: 0, count: 8192)
        var buffer = [UInt8](repeating: 0, count: 1 << 17)
        let flags = CInt(MSG_DONTWAIT | MSG_NOSIGNAL)
        let limit = command.localTransmitSpeed > 0 ? Double(command.localTransmitSpeed) / 8 : .infinity
        var open = Array(peers.indices)
        while case let now = MonotonicClock.now() - began, now < duration, !open.isEmpty {
            var moved = false
            for index in open {
                let number = peers[index].socket.number
                let count = recv(number, &buffer, buffer.count, flags)
                if count > 0 {
                    moved = true
                    heard(buffer[..<count], on: index, &outcome)
                } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
                    open.removeAll { $0 == index }
                    continue
                }
                guard command.direction.includesUpload, Double(outcome.sent) < limit * Double(now) * 1e-9 else {
                    continue
                }
                let sent = zeros.withUnsafeBytes { send(number, $0.baseAddress, $0.count, flags) }
                if sent > 0 {
                    moved = true
                    outcome.sent += sent
                }
            }
            if !moved { usleep(500) }
        }
    }

    private func heard(_ bytes: ArraySlice<UInt8>, on index: Int, _ outcome: inout Outcome) {
        outcome.received += bytes.count
        switch command.direction {
        case .download: outcome.strays += bytes.count { $0 != 0 }
        case .both: break
        case .upload:
            // Nothing but whole statuses, and each in a segment of its own.
            outcome.tellers.insert(index)
            guard bytes.count.isMultiple(of: 12), bytes.first == 7 else {
                outcome.strays += bytes.count
                return
            }
            for start in stride(from: bytes.startIndex, to: bytes.endIndex, by: 12) {
                outcome.told += bytes[(start + 8)..<(start + 12)].reversed().reduce(0) { $0 << 8 | Int($1) }
            }
        }
    }

    private func datagrams(_ control: ScriptedPeer, _ start: BtestStart) throws(Failure) -> Outcome {
        guard case .datagrams(let port) = start, let local = PeerAddress(localOf: control.socket.number),
            let server = PeerAddress(peerOf: control.socket.number)?.withPort(port)
        else { throw .connection }
        // Where another process has the port that is expected, any other does, as behind a NAT.
        let sockets = (0..<max(Int(command.connectionCount), 1)).compactMap { index in
            [UInt16(exactly: Int(port) + 256 + index) ?? 0, 0].lazy.compactMap {
                try? DatagramSocket.bound(to: local.withPort($0), offload: false).get()
            }.first
        }
        guard !sockets.isEmpty else { throw .connection }
        for socket in sockets { socket.sendOnce([], to: server) }
        var outcome = Outcome(connections: sockets.count)
        let began = MonotonicClock.now()
        let payload = [UInt8](repeating: 0, count: Int(command.transmitSize) - 28 - 4)
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        var number: UInt32 = 2
        var numbers = [[UInt32]](repeating: [], count: sockets.count)
        var due = began + 1_000_000_000
        var before = 0
        var sequence: UInt8 = 0
        while case let now = MonotonicClock.now(), now - began < duration {
            for (index, socket) in sockets.enumerated() {
                while case let count = recv(socket.descriptor.number, &buffer, buffer.count, CInt(MSG_DONTWAIT)),
                    count >= 0
                {
                    guard count >= 4 else { continue }
                    outcome.received += count + 28
                    numbers[index].append(buffer[..<4].reduce(0) { $0 << 8 | UInt32($1) })
                }
            }
            while case let count = recv(control.socket.number, &buffer, 12, CInt(MSG_DONTWAIT)), count == 12 {
                outcome.told += buffer[8..<12].reversed().reduce(0) { $0 << 8 | Int($1) }
            }
            if now >= due {
                due += 1_000_000_000
                sequence += 1
                let bytes = outcome.received - before
                before = outcome.received
                control.say(
                    [7, 20, 0, 0, sequence, 0, 0, 0] + (0..<4).map { UInt8(truncatingIfNeeded: bytes >> (8 * $0)) })
            }
            while command.direction.includesUpload,
                Double(outcome.sent) * 8 < Double(command.localTransmitSpeed) * Double(now - began) * 1e-9
            {
                for socket in sockets {
                    socket.sendOnce(
                        (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) } + payload, to: server)
                    outcome.sent += Int(command.transmitSize)
                }
                number += 1
            }
            usleep(500)
        }
        outcome.lost = numbers.reduce(0) { sum, flow in
            guard let lowest = flow.min(), let highest = flow.max() else { return sum }
            return sum + Int(highest - lowest) + 1 - Set(flow).count
        }
        return outcome
    }
}
