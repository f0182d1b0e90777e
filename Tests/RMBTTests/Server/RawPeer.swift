import Foundation
import Glibc
import Sockets

/// One end of a loopback connection that sends what it likes. Blocks its thread, up to five seconds at a time.
struct RawPeer: Sendable {
    private let socket: SocketDescriptor

    /// Takes over a connected socket.
    init(owning descriptor: CInt, patience: Double = 5) {
        socket = SocketDescriptor(owning: descriptor)
        var time = timeval(tv_sec: Int(patience), tv_usec: Int((patience - patience.rounded(.down)) * 1e6))
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, size)
        var on: CInt = 1
        setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
    }

    /// Connects to a loopback port; nil when nobody listens.
    ///
    /// - Parameter receiveBuffer: bytes that the kernel keeps for those who read late; nil leaves it to the kernel.
    init?(connectingTo port: Int, patience: Double = 5, receiveBuffer: CInt? = nil) {
        let descriptor = Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        if var size = receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<CInt>.size))
        }
        var address = RawPeer.loopback(port)
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        self.init(owning: descriptor, patience: patience)
        guard status == 0 else { return nil }
    }

    static func loopback(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(clamping: port)).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        return address
    }

    /// - Returns: whether the kernel took all of it.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.send(
                    socket.number, buffer.baseAddress.map { $0 + sent }, bytes.count - sent, CInt(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    /// Up to `limit` bytes; empty at the connection's end, nil when nothing came in time.
    func receive(_ limit: Int = 1 << 17) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: limit)
        let count = recv(socket.number, &bytes, limit, 0)
        guard count > 0 else { return count < 0 && errno == EAGAIN ? nil : [] }
        bytes.removeLast(limit - count)
        return bytes
    }

    /// The next line without its end; nil at the stream's end.
    func readLine() -> String? {
        var line: [UInt8] = []
        while let byte = receive(1)?.first {
            if byte == 10 { return String(decoding: line, as: UTF8.self) }
            line.append(byte)
        }
        return nil
    }

    func read(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count, let piece = receive(count - bytes.count), !piece.isEmpty { bytes += piece }
        return bytes
    }

    /// Reads until a line has come that begins so.
    ///
    /// - Returns: the line; nil when the stream ended before.
    @discardableResult
    func skip(to prefix: String) -> String? {
        while let line = readLine() { if line.hasPrefix(prefix) { return line } }
        return nil
    }

    /// Takes the greeting, shows a token and takes the answer.
    ///
    /// - Returns: whether the server waits for a command.
    func logIn(_ token: String) -> Bool {
        guard skip(to: "ACCEPT") != nil, send("TOKEN \(token)\n") else { return false }
        return skip(to: "ACCEPT") != nil
    }

    /// Reads to the end of the stream, if there is one in time.
    ///
    /// - Returns: the number of bytes; nil when the peer did not close.
    @discardableResult
    func drain() -> Int? {
        var bytes = 0
        while let piece = receive() {
            if piece.isEmpty { return bytes }
            bytes += piece.count
        }
        return nil
    }

    /// Ends the connection by a reset instead of a farewell.
    func reset() {
        var address = sockaddr()
        address.sa_family = sa_family_t(AF_UNSPEC)
        Glibc.connect(socket.number, &address, socklen_t(MemoryLayout<sockaddr>.size))
    }

    /// The peer reads the end of the stream after what was sent.
    func shutDownSending() { socket.shutDownSending() }

    func shutDown() { socket.shutDown() }
}
