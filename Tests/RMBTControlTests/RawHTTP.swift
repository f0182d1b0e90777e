import Foundation
import Sockets
import Testing

/// HTTP by hand, so that it can also be spoken badly. Each call has a thread of its own.
enum RawHTTP {
    /// Sends bytes on a connection and gives all that came until the server closed it, or until `limit` was over.
    static func exchange(
        port: Int, _ pieces: [[UInt8]], pause: Duration = .zero, limit: Duration = .seconds(20)
    ) async -> String {
        await DataThread.run("raw") {
            let deadline = MonotonicClock.now() + limit.wholeNanoseconds
            let stop = StopSignal()
            guard
                case .success(let connection) = StreamConnector.connect(
                    host: "127.0.0.1", port: port, stop: stop, until: deadline)
            else { return "no connection" }
            let dialogue = StreamDialogue(socket: connection.socket, stop: stop, deadline: deadline)
            for piece in pieces {
                if dialogue.send(piece) != nil { break }
                usleep(UInt32(pause.wholeNanoseconds / 1000))
            }
            var all: [UInt8] = []
            while case .received(let bytes) = dialogue.receive(upTo: 65_536) { all += bytes }
            return String(decoding: all, as: UTF8.self)
        }
    }

    static func post(_ name: String, _ body: String, more: String = "") -> [UInt8] {
        Array(
            ("POST /RMBTControlServer/\(name) HTTP/1.1\r\nHost: control.test\r\nContent-Type: application/json\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\(more)\r\n\(body)").utf8)
    }

    static let close = "Connection: close\r\n"
}
