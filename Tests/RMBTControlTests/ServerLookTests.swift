import Foundation
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import RMBT
import Sockets
import Synchronization
import Testing

@testable import RMBTControl

@Suite(.timeLimit(.minutes(1))) struct ServerLookTests {
    /// What a made-up server does with its visitor.
    private enum Behaviour: Sendable {
        case silent
        /// Says this at once.
        case says(String)
        /// Says this once it was asked for the upgrade.
        case answers(String)
    }

    private final class Actor: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        let behaviour: Behaviour
        let heard: Heard
        var input = ""

        init(_ behaviour: Behaviour, _ heard: Heard) {
            self.behaviour = behaviour
            self.heard = heard
        }

        func channelActive(context: ChannelHandlerContext) {
            if case .says(let text) = behaviour {
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
            }
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let text = String(buffer: unwrapInboundIn(data))
            heard.add(text)
            input += text
            if case .answers(let answer) = behaviour, input.hasSuffix("\r\n\r\n") {
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    private final class Heard: Sendable {
        private let text = Mutex("")
        var all: String { text.withLock { $0 } }
        func add(_ more: String) { text.withLock { $0 += more } }
    }

    private func look(
        _ behaviour: Behaviour, tls: NIOSSLContext? = nil, kind: ControlledServer.Kind? = nil, hasTLS: Bool? = nil,
        known: ControlledServer.Manner? = nil
    ) async throws -> (ControlledServer.Manner?, heard: String) {
        let heard = Heard()
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try channel.pipeline.syncOperations.addHandler(Actor(behaviour, heard))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let looked = ControlledServer(
            name: "own", host: "127.0.0.1", port: try #require(server.localAddress?.port), kind: kind, hasTLS: hasTLS,
            tokenKeys: ["key"])
        let found = await ServerLook.look(at: looked, known: known)
        try await server.close()
        return (found, heard.all)
    }

    @Test func `of a name's addresses the one that answers counts`() async throws {
        // At the first address something listens that is no RMBT server, at the second nothing, at the third the server.
        let other = try await bind("127.0.0.2", port: 0, .says("220 mail.example ESMTP\r\n"), Heard())
        let port = try #require(other.localAddress?.port)
        let heard = Heard()
        let server = try await bind("127.0.0.4", port: port, .says(Self.greeting), heard)
        let lookup = AddressLookup { _, port, _, _, deadline in
            .success(
                ["127.0.0.2", "127.0.0.3", "127.0.0.4"].flatMap {
                    (try? NameResolver.resolve($0, port: port, until: deadline).get()) ?? []
                })
        }
        let looked = ControlledServer(
            name: "own", host: "server.example", port: port, hasTLS: false, tokenKeys: ["key"])
        let found = await ServerLook.look(at: looked, known: nil, lookup: lookup)
        #expect(found == .init(kind: .classic, hasTLS: false))
        try await server.close()
        try await other.close()
    }

    private func bind(
        _ host: String, port: Int, _ behaviour: Behaviour, _ heard: Heard
    ) async throws -> any Channel {
        try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Actor(behaviour, heard))
                }
            }
            .bind(host: host, port: port).get()
    }

    private static let greeting = "RMBTv1.5.0\nACCEPT TOKEN QUIT\n"
    private static let upgrade = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: RMBT\r\n\r\n"

    @Test func `a classic server is known by its greeting and is asked for nothing but its leave`() async throws {
        let (found, heard) = try await look(.says(Self.greeting))
        #expect(found == .init(kind: .classic, hasTLS: false))
        #expect(heard.isEmpty || heard == "QUIT\n")
    }

    @Test func `a silent one is asked for the upgrade on the same connection`() async throws {
        for nul in ["", "\0"] {
            let (found, heard) = try await look(.answers(Self.upgrade + nul + Self.greeting))
            #expect(found == .init(kind: .http, hasTLS: false))
            #expect(heard.hasPrefix("GET /rmbt HTTP/1.1\r\nHost: 127.0.0.1:"))
        }
    }

    @Test func `with TLS it is the same`() async throws {
        let tls = try SelfSignedCertificate(names: ["localhost"], validFrom: Date()).serverContext()
        #expect(try await look(.answers(Self.upgrade + Self.greeting), tls: tls).0 == .init(kind: .http, hasTLS: true))
        #expect(try await look(.says(Self.greeting), tls: tls).0 == .init(kind: .classic, hasTLS: true))
    }

    @Test func `what is known or said is looked at alone`() async throws {
        let known = ControlledServer.Manner(kind: .classic, hasTLS: false)
        #expect(try await look(.says(Self.greeting), known: known).0 == known)
        #expect(try await look(.says(Self.greeting), kind: .http, hasTLS: false).0 == nil)
        #expect(try await look(.answers(Self.upgrade + Self.greeting), kind: .classic, hasTLS: false).0 == nil)
    }

    @Test func `others are no RMBT servers`() async throws {
        for behaviour: Behaviour in [
            .says("SSH-2.0-OpenSSH\r\n"), .answers("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
            .answers(Self.upgrade + "hello world"), .answers(String(repeating: "x", count: 100_000)),
        ] {
            #expect(try await look(behaviour, hasTLS: false).0 == nil)
        }
    }

    @Test func `a server that is gone is looked at again and offered once it answers`() async throws {
        let answers = Mutex<[ControlledServer.Manner?]>([nil, nil, .init(kind: .classic, hasTLS: false)])
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let survey = ServerSurvey(
            servers: [ControlBench.server("own")], interval: .milliseconds(5), logger: logger
        ) { _, _ in answers.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
        await survey.lookAtAll()
        #expect(survey.manner(of: "own") == nil)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await survey.run() }
            while survey.manner(of: "own") == nil { try await Task.sleep(for: .milliseconds(1)) }
            // And when it goes away again it is not offered any more.
            while survey.manner(of: "own") != nil { try await Task.sleep(for: .milliseconds(1)) }
            group.cancelAll()
        }
    }
}
