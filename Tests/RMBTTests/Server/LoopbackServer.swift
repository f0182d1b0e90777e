import Foundation
import Logging
import NIOCore
import NIOSSL
import Testing

@testable import RMBT

/// A server on a free loopback port, for the time of a test.
enum LoopbackServer {
    static let key = "topsecret"

    static func with(
        tls: NIOSSLContext? = nil, transport: RMBTServer.Listener.Transport = .classic, host: String = "127.0.0.1",
        checksTokens: Bool = true,
        stepTimeout: Duration = .seconds(60), maxConnections: Int = 500,
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        configure: (inout RMBTServer.Configuration) -> Void = { _ in }, _ body: (Int) async throws -> Void
    ) async throws {
        let verifier = RMBTTokenVerifier(keys: [.init("other", label: "old"), .init(key, label: "current")])
        var configuration = RMBTServer.Configuration(
            verifier: checksTokens ? verifier : nil, maxConnections: maxConnections, stepTimeout: stepTimeout)
        configure(&configuration)
        let server = try await RMBTServer.bind(
            to: [.init(host: host, port: 0, tls: tls.map { TLSContextSource($0) }, transport: transport)],
            configuration: configuration,
            logger: logger)
        let port = try #require(server.addresses.first?.port)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.run() }
            try await body(port)
            group.cancelAll()
        }
    }

    static func token(_ key: String = key, offset: Int64 = 0) -> String {
        RMBTToken(uuid: UUID(), startTime: Int64(Date().timeIntervalSince1970) + offset, key: key).text
    }

    static func configuration(port: Int, tls: RMBTClient.TLS? = nil, token: String? = nil) -> RMBTClient.Configuration {
        RMBTClient.Configuration(
            host: "127.0.0.1", port: port, tls: tls, token: token ?? self.token(), pretestDuration: .seconds(1),
            duration: .seconds(1), pings: 5)
    }
}
