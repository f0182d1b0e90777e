import Glibc

/// Short messages to and fro on a non-blocking stream, in bounded time: what a handshake needs.
public struct StreamDialogue: Sendable {
    public enum Event: Sendable, Equatable {
        case received([UInt8])
        case closed
        case timedOut
        case stopped
    }

    private let socket: SocketDescriptor
    private let stop: StopSignal
    private let deadline: Int64

    /// - Parameter deadline: for the whole dialogue, an instant of ``MonotonicClock``.
    public init(socket: SocketDescriptor, stop: StopSignal, deadline: Int64) {
        self.socket = socket
        self.stop = stop
        self.deadline = deadline
    }

    /// Waits for the next bytes, at most `limit` of them.
    public func receive(upTo limit: Int) -> Event {
        var buffer = [UInt8](repeating: 0, count: Swift.max(limit, 1))
        while true {
            let received = recv(socket.number, &buffer, buffer.count, CInt(MSG_DONTWAIT))
            if received > 0 { return .received(Array(buffer.prefix(received))) }
            if received == 0 { return .closed }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                switch SocketWait.wait(for: socket.number, POLLIN, stop: stop, until: deadline) {
                case .ready: continue
                case .stopped: return .stopped
                case .timedOut: return .timedOut
                }
            default: return .closed
            }
        }
    }

    /// Sends all of `bytes`.
    ///
    /// - Returns: nil once they are in the kernel's hands, else why not.
    public func send(_ bytes: [UInt8]) -> Event? {
        var rest = bytes[...]
        while !rest.isEmpty {
            let flags = CInt(MSG_DONTWAIT | MSG_NOSIGNAL)
            let sent = rest.withUnsafeBytes { Glibc.send(socket.number, $0.baseAddress, $0.count, flags) }
            if sent > 0 {
                rest = rest.dropFirst(sent)
                continue
            }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                switch SocketWait.wait(for: socket.number, POLLOUT, stop: stop, until: deadline) {
                case .ready: continue
                case .stopped: return .stopped
                case .timedOut: return .timedOut
                }
            default: return .closed
            }
        }
        return nil
    }
}
