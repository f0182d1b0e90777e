import ECSRP5

@testable import Btest

/// A client's and a server's session back to back in memory.
struct Conversation {
    var client: BtestClientSession
    var server: BtestServerSession
    /// What the server says once it admits the test; a refusal closes.
    var admission = BtestAnswer.begin(token: nil)

    /// What it says right after that.
    var afterAdmission: [UInt8] = []

    /// Somebody on the way who changes one byte.
    struct Tampering {
        enum Side { case client, server }
        /// Who hears the changed byte.
        let hearer: Side
        /// Which of all the bytes that it hears.
        let place: Int
        let mask: UInt8
    }

    var tampering: Tampering?
    private var heard: (client: Int, server: Int) = (0, 0)

    private(set) var clientSaid: [[UInt8]] = []
    private(set) var serverSaid: [[UInt8]] = []
    private(set) var clientEnd: BtestClientSession.Action?
    private(set) var serverEnd: BtestServerSession.Action?

    init(client: BtestClientSession, server: BtestServerSession) {
        self.client = client
        self.server = server
    }

    /// Talks until both have ended, with at most so many bytes in one piece.
    mutating func run(pieceLength: Int = .max) {
        hear(server.accepted(), pieceLength)
        if clientEnd == nil { hear(client.connectionClosed(), pieceLength) }
    }

    private mutating func hear(_ action: BtestServerSession.Action, _ pieceLength: Int) {
        switch action {
        case .send(let bytes): say(toClient: bytes, pieceLength)
        case .admit:
            serverEnd = action
            say(toClient: admission.encoded + afterAdmission, pieceLength)
        case .closeAfter(let bytes, _):
            serverEnd = action
            say(toClient: bytes, pieceLength)
        case .join, .close: serverEnd = action
        }
    }

    private mutating func hear(_ action: BtestClientSession.Action, _ pieceLength: Int) {
        switch action {
        case .send(let bytes):
            clientSaid.append(bytes)
            let arriving = tampered(bytes, .server, from: heard.server)
            heard.server += bytes.count
            for piece in pieces(arriving, pieceLength) {
                for answer in server.bytesReceived(piece) { hear(answer, pieceLength) }
            }
        case .startTransfer, .fail: clientEnd = action
        }
    }

    private mutating func say(toClient bytes: [UInt8], _ pieceLength: Int) {
        serverSaid.append(bytes)
        let arriving = tampered(bytes, .client, from: heard.client)
        heard.client += bytes.count
        for piece in pieces(arriving, pieceLength) {
            for answer in client.bytesReceived(piece) { hear(answer, pieceLength) }
        }
    }

    private func tampered(_ bytes: [UInt8], _ hearer: Tampering.Side, from start: Int) -> [UInt8] {
        guard let tampering, tampering.hearer == hearer, bytes.indices.contains(tampering.place - start)
        else { return bytes }
        var bytes = bytes
        bytes[tampering.place - start] ^= tampering.mask
        return bytes
    }

    private func pieces(_ bytes: [UInt8], _ length: Int) -> [ArraySlice<UInt8>] {
        stride(from: 0, to: bytes.count, by: Swift.min(length, Swift.max(bytes.count, 1))).map {
            bytes[$0..<Swift.min($0 &+ Swift.min(length, bytes.count), bytes.count)]
        }
    }
}
