import Glibc

/// An honest server's side of the protocol, except for what a test changes in it.
struct ScriptedDialogue: Sendable {
    /// Then it says no more: lines and streams of chunks count.
    var replies = Int.max
    /// What it does instead of a further reply; the connection ends afterwards.
    var ending: @Sendable (RawPeer) -> Void = { _ in }
    var greeting = "RMBTv1.3.5\n"
    var tokenVerdict = "OK\n"
    var chunkSizes = "CHUNKSIZE 4096 4096 4194304\n"
    /// During an upload.
    var report = "TIME 5 BYTES 4096\n"
    var finalTime = "TIME 100000\n"
    /// Before each chunk, in seconds.
    var delay = 0.0
    /// Whether it ends the connection when a download by time is over.
    var closesAfterDownload = false
    /// Whether a ping is answered.
    var answersPing: @Sendable () -> Bool = { true }

    private static let accept = "ACCEPT GETCHUNKS GETTIME PUT PUTNORESULT PING QUIT\n"

    func callAsFunction(_ peer: RawPeer) {
        var left = replies
        func reply(_ text: String) -> Bool { reply(Array(text.utf8)) }
        func reply(_ bytes: [UInt8]) -> Bool {
            guard left > 0 else {
                ending(peer)
                return false
            }
            left -= 1
            return peer.send(bytes)
        }
        guard reply(greeting), reply("ACCEPT TOKEN QUIT\n"), peer.readLine() != nil, reply(tokenVerdict),
            reply(chunkSizes), reply(Self.accept)
        else { return }
        while let line = peer.readLine() {
            let words = line.split(separator: " ")
            switch words.first {
            case "PING" where !answersPing():
                peer.drain()
                return
            case "PING": guard reply("PONG\n"), peer.readLine() != nil, reply("TIME 100\n") else { return }
            case "GETCHUNKS":
                let count = Int(words[1]) ?? 1
                for chunk in 0..<count {
                    if delay > 0 { usleep(UInt32(delay * 1e6)) }
                    guard reply(Self.chunk(size: words.last, isLast: chunk == count - 1)) else { return }
                }
                guard peer.readLine() != nil, reply("TIME 100\n") else { return }
            case "GETTIME":
                if delay > 0 { usleep(UInt32(delay * 1e6)) }
                guard reply(Self.chunk(size: words.last, isLast: false)) else { return }
                if delay > 0 { usleep(UInt32(delay * 1e6)) }
                guard reply(Self.chunk(size: words.last, isLast: true)), peer.readLine() != nil else { return }
                guard reply("TIME 100\n") else { return }
            case "PUT", "PUTNORESULT":
                let size = words.last.flatMap { Int($0) } ?? 4096
                guard reply("OK\n") else { return }
                var isFirst = words.first == "PUT"
                while let end = peer.read(size).last {
                    if isFirst, !reply(report) { return }
                    isFirst = false
                    if end == 0xFF { break }
                }
                guard reply(finalTime) else { return }
            default: return
            }
            guard reply(Self.accept) else { return }
            if closesAfterDownload, words.first == "GETTIME" { return }
        }
    }

    private static func chunk(size: Substring?, isLast: Bool) -> [UInt8] {
        [UInt8](repeating: 7, count: (size.flatMap { Int($0) } ?? 4096) - 1) + [isLast ? 0xFF : 0]
    }
}
