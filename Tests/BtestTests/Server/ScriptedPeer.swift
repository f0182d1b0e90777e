import Glibc
import Sockets

/// One end of a TCP connection that a test moves by hand. Its calls block: use it on a thread of its own.
struct ScriptedPeer: Sendable {
    let socket: SocketDescriptor
    private let dialogue: StreamDialogue

    /// A peer that the other side leaves waiting gives up after ten seconds.
    init(_ socket: SocketDescriptor) {
        self.socket = socket
        dialogue = StreamDialogue(
            socket: socket, stop: StopSignal(), deadline: MonotonicClock.now() + 10_000_000_000)
    }

    /// Connects to a server on this machine, from any of its loopback addresses, and runs the script.
    static func run<Value: Sendable>(
        port: Int, from source: String = "127.0.0.1", _ script: @escaping @Sendable (ScriptedPeer) -> Value
    ) async throws -> Value {
        let peer = try connect(port: port, from: source)
        return await DataThread.run("scripted-client") { script(peer) }
    }

    /// Connects to a server on this machine.
    static func connect(port: Int, from source: String = "127.0.0.1") throws -> ScriptedPeer {
        let number = Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        let peer = ScriptedPeer(SocketDescriptor(owning: number))
        for (address, port) in [(source, 0), ("127.0.0.1", port)] {
            let call = port == 0 ? Glibc.bind : Glibc.connect
            var name = Self.name(address, port)
            let result = withUnsafePointer(to: &name) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    call(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            if result != 0 { throw Failure.connect(errno) }
        }
        return peer
    }

    enum Failure: Error {
        case connect(CInt)
    }

    static func name(_ address: String, _ port: Int) -> sockaddr_in {
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
        inet_pton(AF_INET, address, &name.sin_addr)
        return name
    }

    /// Sends all, or as much as the other side lets it; says whether it was all.
    @discardableResult func say(_ bytes: [UInt8]) -> Bool { dialogue.send(bytes) == nil }

    /// Waits for so many bytes; fewer when the other side ended.
    func hear(_ count: Int) -> [UInt8] {
        var heard: [UInt8] = []
        while heard.count < count, case .received(let bytes) = dialogue.receive(upTo: count - heard.count) {
            heard += bytes
        }
        return heard
    }

    /// Waits for the next bytes; empty at the end.
    func hearSome() -> [UInt8] {
        if case .received(let bytes) = dialogue.receive(upTo: 65_536) { bytes } else { [] }
    }

    /// Reads until the other side ends, and counts.
    @discardableResult func hearOut() -> Int {
        var count = 0
        while case let bytes = hearSome(), !bytes.isEmpty { count += bytes.count }
        return count
    }

    /// The connection will end by a reset, as of a machine that vanished and came back.
    func resetWhenClosed() {
        var abort = linger(l_onoff: 1, l_linger: 0)
        setsockopt(socket.number, SOL_SOCKET, SO_LINGER, &abort, socklen_t(MemoryLayout<linger>.size))
    }

    /// Lets real time pass.
    static func pause(milliseconds: Int64) {
        StopSignal().wait(until: MonotonicClock.now() + milliseconds * 1_000_000)
    }
}
