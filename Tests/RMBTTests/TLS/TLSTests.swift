import Foundation
import Logging
import NIOSSL
import Sockets
import Synchronization
import Testing
import TestSupport

@testable import RMBT

@Suite(.usesSockets) struct TLSTests {
    private static let day = 86_400.0

    /// A server with a certificate, and the client's sight of it.
    private static func outcome(
        names: [String] = ["127.0.0.1"], validFrom: Date = Date(), host: String = "127.0.0.1",
        trustsOther: Bool = false, verifies: Bool = true
    ) async throws -> RMBTMeasurement {
        let certificate = try SelfSignedCertificate(names: names, validFrom: validFrom)
        let authority = trustsOther ? try SelfSignedCertificate(names: names, validFrom: validFrom) : certificate
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString + ".pem")
        try authority.certificatePEM.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let tls = try RMBTClient.TLS(authorityFile: file.path, verifies: verifies)
        var measurement = RMBTMeasurement()
        try await LoopbackServer.with(tls: certificate.serverContext()) { port in
            measurement = await RMBTClient(configuration(port, host: host, tls: tls)).run()
        }
        return measurement
    }

    private static func configuration(_ port: Int, host: String, tls: RMBTClient.TLS?) -> RMBTClient.Configuration {
        RMBTClient.Configuration(
            host: host, port: port, family: .ipv4, tls: tls, token: LoopbackServer.token(), connections: 1,
            pretestDuration: .zero, pings: 1, measuresDownload: false, measuresUpload: false,
            connectTimeout: .seconds(5))
    }

    @Test func `a certificate for the host's name or address and a trusted authority are taken`() async throws {
        #expect(try await Self.outcome(names: ["localhost"], host: "localhost").error == nil)
        let measurement = try await Self.outcome()
        #expect(measurement.error == nil)
        #expect(measurement.pings.count == 1)
    }

    @Test func `a certificate that is replaced is shown to the next connection, and running ones go on`() async throws {
        let old = try SelfSignedCertificate(names: ["192.0.2.1"], validFrom: Date())
        let new = try SelfSignedCertificate(names: ["127.0.0.1"], validFrom: Date())
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString + ".pem")
        try "\(old.certificatePEM)\n\(new.certificatePEM)\n".write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let trusting = try RMBTClient.TLS(authorityFile: file.path)
        let source = TLSContextSource(try old.serverContext())
        let server = try await RMBTServer.bind(
            to: [.init(host: "127.0.0.1", port: 0, tls: source)], configuration: .init(verifier: nil),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let port = try #require(server.addresses.first?.port)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.run() }
            let monitor = RMBTMonitor()
            var running = Self.configuration(port, host: "127.0.0.1", tls: try RMBTClient.TLS(verifies: false))
            running.measuresDownload = true
            running.duration = .seconds(2)
            let client = RMBTClient(running, monitor: monitor)
            async let measured = client.run()
            let end = MonotonicClock.now() + 5_000_000_000
            while monitor.download.bytes == 0, MonotonicClock.now() < end {
                try await Task.sleep(for: .milliseconds(10))
            }
            let before = await RMBTClient(Self.configuration(port, host: "127.0.0.1", tls: trusting)).run()
            #expect(before.error == .tls("the server's certificate is for another name"))
            source.replace(with: try new.serverContext())
            let after = await RMBTClient(Self.configuration(port, host: "127.0.0.1", tls: trusting)).run()
            #expect(after.error == nil)
            let measurement = await measured
            #expect(measurement.error == nil)
            #expect(measurement.download?.bytes ?? 0 > 0)
            group.cancelAll()
        }
    }

    @Test(arguments: ["127.0.0.1", "localhost"])
    func `a certificate for another name is told`(host: String) async throws {
        let measurement = try await Self.outcome(names: ["rmbt.example", "192.0.2.1"], host: host)
        #expect(measurement.error == .tls("the server's certificate is for another name"))
        #expect(
            measurement.error?.description
                == "TLS could not be set up: the server's certificate is for another name.")
    }

    @Test func `a certificate that has expired or is not valid yet is told`() async throws {
        let expired = try await Self.outcome(validFrom: Date(timeIntervalSinceNow: -400 * Self.day))
        #expect(expired.error == .tls("the server's certificate has expired"))
        let early = try await Self.outcome(validFrom: Date(timeIntervalSinceNow: 3 * Self.day))
        #expect(early.error == .tls("the server's certificate is not valid yet"))
    }

    @Test func `a certificate of an authority that is not trusted is told`() async throws {
        #expect(
            try await Self.outcome(trustsOther: true).error
                == .tls("the server's certificate is not signed by a trusted authority"))
    }

    @Test func `any certificate is taken where none is verified`() async throws {
        let measurement = try await Self.outcome(
            names: ["rmbt.example"], validFrom: Date(timeIntervalSinceNow: -400 * Self.day), trustsOther: true,
            verifies: false)
        #expect(measurement.error == nil)
    }

    @Test func `a server without TLS is told from one with it, both ways`() async throws {
        try await LoopbackServer.with { port in
            let tls = try RMBTClient.TLS(verifies: false)
            let measurement = await RMBTClient(Self.configuration(port, host: "127.0.0.1", tls: tls)).run()
            #expect(measurement.error == .tls("the server does not speak TLS on this port"))
        }
        let certificate = try SelfSignedCertificate(names: ["127.0.0.1"], validFrom: Date())
        try await LoopbackServer.with(tls: certificate.serverContext()) { port in
            // Such a server waits for the client to speak first.
            var configuration = Self.configuration(port, host: "127.0.0.1", tls: nil)
            configuration.connectTimeout = .milliseconds(500)
            let measurement = await RMBTClient(configuration).run()
            #expect(measurement.error == .silent(step: "its greeting", seconds: 0.5))
        }
    }

    @Test func `a server that closes during the handshake is told`() async throws {
        try await ScriptedServer.with({ _ = $0.receive() }) { port in
            let tls = try RMBTClient.TLS(verifies: false)
            let measurement = await RMBTClient(Self.configuration(port, host: "127.0.0.1", tls: tls)).run()
            #expect(measurement.error == .tls("the server closed the connection during the handshake"))
        }
    }

    @Test func `an alert of the server is told without the library's numbers`() async throws {
        // A fatal alert: handshake_failure.
        try await ScriptedServer.with({
            _ = $0.receive()
            $0.send([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28])
            $0.drain()
        }) { port in
            let tls = try RMBTClient.TLS(verifies: false)
            let measurement = await RMBTClient(Self.configuration(port, host: "127.0.0.1", tls: tls)).run()
            #expect(measurement.error == .tls("the handshake failed (sslv3 alert handshake failure)"))
        }
    }

    @Test func `a file that holds no authorities is told before anything is sent`() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString + ".pem")
        #expect(throws: RMBTError.local("the authorities in \(file.path) cannot be read")) {
            try RMBTClient.TLS(authorityFile: file.path)
        }
        try "no certificate".write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        #expect(throws: RMBTError.local("the authorities in \(file.path) cannot be read")) {
            try RMBTClient.TLS(authorityFile: file.path)
        }
    }

    @Test func `authorities behind a byte order mark are found`() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString + ".pem")
        defer { try? FileManager.default.removeItem(at: file) }
        let certificate = try SelfSignedCertificate(names: ["localhost"], validFrom: Date())
        try ("\u{FEFF}" + certificate.certificatePEM).write(to: file, atomically: true, encoding: .utf8)
        let configuration = RMBTClient.TLS.configuration(authorityFile: file.path, verifies: true)
        let expected = try NIOSSLCertificate.fromPEMBytes(Array(certificate.certificatePEM.utf8))
        #expect(configuration.trustRoots == .certificates(expected))
    }

    @Test(arguments: [("localhost", true), ("127.0.0.1", false), ("127.1", false)])
    func `a name goes out in the handshake, an IP literal does not`(host: String, isSent: Bool) async throws {
        let hello = Mutex<[UInt8]>([])
        try await ScriptedServer.with({ peer in
            let bytes = peer.receive() ?? []
            hello.withLock { $0 = bytes }
        }) { port in
            let tls = try RMBTClient.TLS(verifies: false)
            _ = await RMBTClient(Self.configuration(port, host: host, tls: tls)).run()
        }
        let text = String(decoding: hello.withLock { $0 }, as: Unicode.ASCII.self)
        #expect(text.utf8.count > 100)
        #expect(text.contains(host) == isSent)
    }

    @Test func `a test over TLS is stopped at once, even when the server does not answer any more`() async throws {
        let certificate = try SelfSignedCertificate(names: ["127.0.0.1"], validFrom: Date())
        let monitor = RMBTMonitor()
        try await LoopbackServer.with(tls: certificate.serverContext()) { serverPort in
            try await ScriptedServer.with({ client in
                // Passes on what both say until the download has begun, and then takes no notice of anybody.
                guard let server = RawPeer(connectingTo: serverPort) else { return }
                let forth = Thread { while let piece = client.receive(), !piece.isEmpty { server.send(piece) } }
                forth.start()
                var passed = 0
                while passed < 1 << 18, let piece = server.receive(), !piece.isEmpty {
                    client.send(piece)
                    passed += piece.count
                }
                usleep(5_000_000)
                server.shutDown()
            }) { port in
                var configuration = Self.configuration(
                    port, host: "127.0.0.1", tls: try RMBTClient.TLS(verifies: false))
                configuration.measuresDownload = true
                let client = RMBTClient(configuration, monitor: monitor)
                let stopped = await withTaskGroup(of: RMBTMeasurement?.self) { group in
                    group.addTask { await client.run() }
                    let end = MonotonicClock.now() + 5_000_000_000
                    while monitor.download.bytes == 0, MonotonicClock.now() < end {
                        try? await Task.sleep(for: .milliseconds(10))
                    }
                    let began = MonotonicClock.now()
                    group.cancelAll()
                    let measurement = await group.next() ?? nil
                    return (measurement, Double(MonotonicClock.now() - began) * 1e-9)
                }
                #expect(stopped.0?.error == .stopped)
                #expect(stopped.0?.download?.bytes ?? 0 > 0)
                #expect(stopped.1 < 2)
            }
        }
    }
}
