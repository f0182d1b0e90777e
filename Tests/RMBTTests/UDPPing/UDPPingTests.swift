import Foundation
import Glibc
import Logging
import ServerLimits
import Sockets
import Testing
import TestSupport

@testable import RMBT

@Suite(.usesSockets) struct UDPPingTests {
    private static let start: Int64 = 1_700_000_000
    /// Of the protocol notes: `topsecret`, 62.1.2.3, 1700000000.
    private static let proof: [UInt8] = [
        0x65, 0x53, 0xF1, 0x00, 0x4C, 0xC4, 0xAC, 0xCE, 0xBE, 0x54, 0x19, 0x37, 0x1E, 0x64, 0xF3, 0x3F,
    ]
    private static let golden = Array("RP01".utf8) + [0x01, 0x02, 0x03, 0x04] + proof
    private static let answer = Array("RR01".utf8) + [0x01, 0x02, 0x03, 0x04]
    private static let wrongAddress = Array("RE01".utf8) + [0x01, 0x02, 0x03, 0x04]
    private static let verifier = RMBTTokenVerifier(keys: [
        .init("elder", label: "old"), .init("topsecret", label: "current"),
    ])

    private static func reply(
        to datagram: [UInt8], from address: String = "62.1.2.3", at seconds: Int64 = 0
    ) throws -> [UInt8]? {
        var responder = UDPPingResponder(verifier: verifier)
        return responder.reply(to: datagram, from: try #require(IPAddress(address)), at: start + seconds)?.encoded
    }

    @Test func `the golden request is made, read and answered`() throws {
        let address = try #require(IPAddress("62.1.2.3"))
        let proof = RMBTAddressProof(time: UInt32(Self.start), address: address, key: "topsecret")
        let request = UDPPingRequest(sequence: 0x0102_0304, proof: proof)
        #expect(request.encoded == Self.golden)
        #expect(UDPPingRequest(decoding: Self.golden) == request)
        #expect(try Self.reply(to: Self.golden) == Self.answer)
        #expect(UDPPingReply(decoding: Self.answer) == .answer(sequence: 0x0102_0304))
        #expect(UDPPingReply(decoding: Self.wrongAddress) == .wrongAddress(sequence: 0x0102_0304))
        for other in ["", "RR01", "RX01abcd", "RR01abcde"] { #expect(UDPPingReply(decoding: Array(other.utf8)) == nil) }
    }

    @Test func `a token's part of version 2 is what its pings carry`() throws {
        let address = try #require(IPAddress("62.1.2.3"))
        let token = RMBTToken(uuid: UUID(), startTime: Self.start, address: address, key: "topsecret")
        #expect(RMBTAddressProof(ofToken: token.text)?.encoded == Self.proof)
        let first = RMBTToken(uuid: UUID(), startTime: Self.start, key: "topsecret")
        #expect(RMBTAddressProof(ofToken: first.text) == nil)
    }

    @Test func `a request from another address is told so`() throws {
        for address in ["62.1.2.4", "::1", "2001:db8::1"] {
            #expect(try Self.reply(to: Self.golden, from: address) == Self.wrongAddress)
        }
        #expect(try Self.reply(to: Self.golden, from: "::ffff:62.1.2.3") == Self.answer)
    }

    @Test(arguments: [(-31, false), (-30, true), (0, true), (14_400, true), (14_401, false), (1 << 40, false)])
    func `a request counts from 30 s before its time to 4 h after it`(seconds: Int64, isAnswered: Bool) throws {
        #expect(try Self.reply(to: Self.golden, at: seconds) == (isAnswered ? Self.answer : nil))
    }

    @Test func `what is no signed request is dropped without a word`() throws {
        for length in 0..<24 { #expect(try Self.reply(to: Array(Self.golden.prefix(length))) == nil) }
        #expect(try Self.reply(to: Self.golden + [0]) == nil)
        // Magic, time and time's hash; the sequence may be any, and the address's hash decides between two replies.
        for index in Array(0..<4) + Array(8..<20) {
            for bit in 0..<8 {
                var bytes = Self.golden
                bytes[index] ^= 1 << bit
                #expect(try Self.reply(to: bytes) == nil)
            }
        }
        for index in 20..<24 {
            var bytes = Self.golden
            bytes[index] ^= 0x10
            #expect(try Self.reply(to: bytes) == Self.wrongAddress)
        }
    }

    @Test func `an address is answered so often in a second, and the others all the same`() throws {
        var responder = UDPPingResponder(verifier: Self.verifier)
        let address = try #require(IPAddress("62.1.2.3"))
        let other = try #require(IPAddress("62.1.2.4"))
        func answered(_ count: Int, _ address: IPAddress, at seconds: Int64) -> Int {
            (0..<count).count { _ in responder.reply(to: Self.golden, from: address, at: Self.start + seconds) != nil }
        }
        #expect(answered(1000, address, at: 0) == 200)
        #expect(answered(10, other, at: 0) == 10)
        #expect(answered(1000, address, at: 1) == 200)
    }

    @Test func `the server answers over UDP, and over IPv6 too`() async throws {
        let now = Int64(Date().timeIntervalSince1970)
        for host in ["127.0.0.1", "::1"] {
            let server = try await UDPPingServer.bind(
                to: [(host, 0)], verifier: Self.verifier,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let port = try #require(server.addresses.first?.port)
            let address = try #require(IPAddress(host))
            let proof = RMBTAddressProof(time: UInt32(now), address: address, key: "topsecret")
            let other = RMBTAddressProof(
                time: UInt32(now), address: try #require(IPAddress("192.0.2.1")), key: "elder")
            let datagrams = [
                Array("RP01".utf8), UDPPingRequest(sequence: 7, proof: proof).encoded,
                UDPPingRequest(sequence: 8, proof: other).encoded,
            ]
            let replies = await withTaskGroup(of: Void.self) { group in
                group.addTask { await server.run() }
                let replies = await DataThread.run("client") { Self.exchange(datagrams, with: host, port) }
                group.cancelAll()
                return replies
            }
            #expect(
                replies == [UDPPingReply.answer(sequence: 7).encoded, UDPPingReply.wrongAddress(sequence: 8).encoded])
        }
    }

    /// Sends all, and waits up to two seconds for two replies.
    private static func exchange(_ datagrams: [[UInt8]], with host: String, _ port: Int) -> [[UInt8]] {
        let isIPv6 = host.contains(":")
        let descriptor = socket(isIPv6 ? AF_INET6 : AF_INET, CInt(SOCK_DGRAM.rawValue), 0)
        defer { close(descriptor) }
        var time = timeval(tv_sec: 2, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        var six = sockaddr_in6()
        six.sin6_family = sa_family_t(AF_INET6)
        six.sin6_port = in_port_t(UInt16(clamping: port)).bigEndian
        six.sin6_addr = in6addr_loopback
        var four = RawPeer.loopback(port)
        let status =
            isIPv6
            ? withUnsafePointer(to: &six) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in6>.size))
                }
            }
            : withUnsafePointer(to: &four) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        guard status == 0 else { return [] }
        for datagram in datagrams { send(descriptor, datagram, datagram.count, 0) }
        return (0..<2).map { _ in
            var bytes = [UInt8](repeating: 0, count: 64)
            let count = recv(descriptor, &bytes, bytes.count, 0)
            return Array(bytes.prefix(max(count, 0)))
        }
    }
}
