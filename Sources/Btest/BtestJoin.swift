import Transfer

/// Opens the further TCP connections of a test and names its token on each (docs/protocols/btest.md, Several TCP
/// connections).
struct BtestJoin {
    let peer: PeerAddress
    let token: UInt16?
    /// How many to open.
    let count: Int
    let stop: StopSignal
    let deadline: Int64

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

    /// Joins one after the other and returns those that the server let in: it starts with what came.
    func run() -> [SocketDescriptor] {
        guard count > 0, let token else { return [] }
        var joined: [SocketDescriptor] = []
        for _ in 0..<count {
            guard case .success(let connection) = StreamConnector.connect(to: peer, stop: stop, until: deadline)
            else { break }
            let dialogue = StreamDialogue(socket: connection.socket, stop: stop, deadline: deadline)
            guard receive(4, dialogue) == [1, 0, 0, 0], dialogue.send(Self.request(token: token)) == nil,
                receive(4, dialogue)?.first == 1
            else { break }
            joined.append(connection.socket)
        }
        return joined
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
