import Sockets

/// Opens the further TCP connections of a test and names its token on each (docs/protocols/btest.md, Several TCP
/// connections).
struct BtestJoin: Sendable {
    let peer: PeerAddress
    let token: UInt16
    /// How many to open.
    let count: Int
    let stop: StopSignal
    let deadline: Int64

    /// Nanoseconds in which a connection opens even where two of its first packets are lost.
    static let patience: Int64 = 4_000_000_000

    /// The 16 bytes with which a connection joins a test.
    static func request(token: UInt16) -> [UInt8] {
        [UInt8(token >> 8), UInt8(token & 0xFF), 2, 0] + [UInt8](repeating: 0, count: 12)
    }

    /// The token in a joining connection's first 16 bytes; nil when they are no join.
    static func token(decoding bytes: some Collection<UInt8>) -> UInt16? {
        let wire = Array(bytes)
        guard wire.count == BtestCommand.length, wire[2] == 2, wire[3...].allSatisfy({ $0 == 0 }), wire[0] > 1 else {
            return nil
        }
        return UInt16(wire[0]) << 8 | UInt16(wire[1])
    }

    /// Joins side by side, for RouterOS sends nothing until all have joined, and waits for no answer, for it gives none. Whoever fails holds
    /// up nobody.
    ///
    /// - Returns: the connections on which the request was sent; a server that does not take one closes it.
    func run() async -> [SocketDescriptor] {
        await withTaskGroup(of: SocketDescriptor?.self) { group in
            for _ in 0..<count {
                group.addTask { await DataThread.run("btest-join") { join() } }
            }
            return await group.compactMap(\.self).reduce(into: []) { $0.append($1) }
        }
    }

    /// Blocks its thread.
    private func join() -> SocketDescriptor? {
        guard case .success(let connection) = StreamConnector.connect(to: peer, stop: stop, until: deadline)
        else { return nil }
        let dialogue = StreamDialogue(socket: connection.socket, stop: stop, deadline: deadline)
        guard receive(4, dialogue) == [1, 0, 0, 0], dialogue.send(Self.request(token: token)) == nil else { return nil }
        return connection.socket
    }

    private func receive(_ count: Int, _ dialogue: StreamDialogue) -> [UInt8]? {
        var bytes: [UInt8] = []
        while bytes.count < count {
            guard case .received(let more) = dialogue.receive(upTo: count - bytes.count) else { return nil }
            bytes += more
        }
        return bytes
    }
}
