import Foundation
import Glibc
import Sockets
import Testing

@testable import Syslog

@Suite(.timeLimit(.minutes(1))) struct SyslogSenderTests {
    /// A UDP socket on a free loopback port.
    private final class Receiver {
        let port: Int
        private let socket: SocketDescriptor

        init(_ host: String) throws {
            let wanted = try #require(
                try NameResolver.resolve(host, port: 0, until: MonotonicClock.now() + 1_000_000_000).get().first)
            let number = Glibc.socket(wanted.isIPv6 ? AF_INET6 : AF_INET, CInt(SOCK_DGRAM.rawValue), 0)
            try #require(number >= 0)
            let socket = SocketDescriptor(owning: number)
            try #require(wanted.withSystemAddress { bind(number, $0, $1) } == 0)
            var storage = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let bound = withUnsafeMutablePointer(to: &storage) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    getsockname(number, $0, &length) == 0 ? PeerAddress($0, length: length) : nil
                }
            }
            port = try #require(bound).port
            self.socket = socket
        }

        /// Takes datagrams of its own port alone from now on: the system refuses those of everybody else.
        func refuseAll() throws {
            let own = try #require(
                try NameResolver.resolve("127.0.0.1", port: port, until: MonotonicClock.now() + 1_000_000_000).get()
                    .first)
            try #require(own.withSystemAddress { connect(socket.number, $0, $1) } == 0)
        }

        /// What waits there; nil for nothing.
        func next() -> String? {
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = recv(socket.number, &buffer, buffer.count, CInt(MSG_DONTWAIT))
            return count < 0 ? nil : String(decoding: buffer.prefix(count), as: UTF8.self)
        }
    }

    private let origin = SyslogOrigin(host: "h", application: "a", processID: 1)
    private let message = SyslogMessage(
        time: Date(timeIntervalSince1970: 0), severity: .informational, event: "E", fields: [])

    @Test(arguments: ["127.0.0.1", "::1"], SyslogFormat.allCases)
    func `each message is one datagram in the wanted form`(host: String, format: SyslogFormat) async throws {
        let receiver = try Receiver(host)
        let sender = try await SyslogSender.open(
            host: host, port: receiver.port, format: format, origin: origin, zone: .gmt)
        sender.send(message)
        sender.send(message)
        let expected = String(decoding: format.encode(message, from: origin), as: UTF8.self)
        #expect(receiver.next() == expected)
        #expect(receiver.next() == expected)
        #expect(receiver.next() == nil)
        #expect(sender.dropped == 0)
    }

    @Test func `a server that is not there costs nothing but messages, which are counted`() async throws {
        // The port stays taken, or another test's receiver could get it.
        let receiver = try Receiver("127.0.0.1")
        try receiver.refuseAll()
        let sender = try await SyslogSender.open(
            host: "127.0.0.1", port: receiver.port, format: .rfc5424, origin: origin)
        for _ in 0..<10 { sender.send(message) }
        #expect((1...10).contains(sender.dropped))
    }

    @Test func `a name without an address says what to do`() async throws {
        let error = await #expect(throws: SyslogError.self) {
            try await SyslogSender.open(host: "no-such-host.invalid", port: 514, format: .rfc5424, origin: origin)
        }
        let text = try #require(error).description
        #expect(text.hasPrefix("The syslog server no-such-host.invalid cannot be found. "))
        #expect(text.hasSuffix(" Fix the name, or give the server's address."))
    }
}
