import Glibc
import Sockets

/// Waits for a server to begin a test over several connections (docs/protocols/btest.md, Several TCP connections): known servers send and
/// read nothing until all have joined, and give those that are missing a while. Data shows that it began, or the first status of an upload.
struct BtestBeginning {
    let control: SocketDescriptor
    let stop: StopSignal
    /// When the joins began, an instant of ``MonotonicClock``.
    let since: Int64
    /// Nanoseconds within which a server that misses none has begun, or closed what it does not take.
    let shortPatience: Int64

    /// What a download is waited for where no connection is missing.
    static let downloadPatience: Int64 = 1_000_000_000
    /// Nanoseconds after which a server, which waits ten seconds for missing connections, has begun with what came.
    private static let longPatience: Int64 = 11_000_000_000
    /// POLLRDHUP: the peer's end of the stream has come.
    private static let endOfStream: CShort = 0x2000
    private static let turn: Int64 = 50_000_000

    /// Blocks its thread until the first connection brings something, or the time for that is over.
    ///
    /// - Parameters:
    ///   - joined: the connections that named the test's token.
    ///   - asked: how many should have.
    /// - Returns: those that the server did not close.
    func run(_ joined: [SocketDescriptor], asked: Int) -> [SocketDescriptor] {
        let joinedAt = MonotonicClock.now()
        var open = joined
        while !stop.isRaised {
            let end = open.count < asked ? since + Self.longPatience : joinedAt + shortPatience
            let left = end - MonotonicClock.now()
            guard left > 0 else { break }
            var polled = [pollfd(fd: control.number, events: CShort(POLLIN), revents: 0)]
            polled += open.map { pollfd(fd: $0.number, events: Self.endOfStream, revents: 0) }
            guard poll(&polled, nfds_t(polled.count), CInt(clamping: min(left, Self.turn) / 1_000_000 + 1)) > 0 else {
                continue
            }
            open = zip(open, polled.dropFirst()).filter { $1.revents == 0 }.map(\.0)
            if polled.first?.revents != 0 { break }
        }
        return open
    }
}
