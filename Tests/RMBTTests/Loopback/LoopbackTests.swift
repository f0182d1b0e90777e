import Foundation
import TestSupport
import Testing

@testable import RMBT

@Suite(.usesSockets) struct LoopbackTests {
    @Test func `all phases measure over plain TCP`() async throws {
        try await LoopbackServer.with { port in
            let measurement = await RMBTClient(LoopbackServer.configuration(port: port)).run()
            #expect(measurement.error == nil)
            #expect(measurement.serverVersion == "RMBTv1.5.0")
            #expect(measurement.pings.count == 5)
            #expect(measurement.pings.allSatisfy { $0.server > 0 && $0.client > 0 })
            #expect(measurement.download?.connections.count == 3)
            #expect(measurement.download?.rate?.bitsPerSecond ?? 0 > 1e7)
            for pings in [measurement.pingsDuringDownload, measurement.pingsDuringUpload] {
                #expect(pings.count > 1)
                #expect(pings.allSatisfy { $0.server > 0 && $0.client > 0 })
            }
            #expect(measurement.upload?.connections.count == 3)
            #expect(measurement.upload?.rate?.bitsPerSecond ?? 0 > 1e7)
        }
    }

    @Test func `all phases measure over TLS with the right authority`() async throws {
        let certificate = try SelfSignedCertificate(names: ["127.0.0.1"], validFrom: Date())
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString + ".pem")
        try certificate.certificatePEM.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        try await LoopbackServer.with(tls: certificate.serverContext()) { port in
            let trusting = try RMBTClient.TLS(authorityFile: file.path)
            let measurement = await RMBTClient(LoopbackServer.configuration(port: port, tls: trusting)).run()
            #expect(measurement.error == nil)
            #expect(measurement.download?.rate?.bitsPerSecond ?? 0 > 1e7)
            #expect(measurement.upload?.rate?.bitsPerSecond ?? 0 > 1e7)

            let distrusting = await RMBTClient(LoopbackServer.configuration(port: port, tls: try .init())).run()
            #expect(distrusting.error == .tls("the server's certificate is not signed by a trusted authority"))
        }
    }

    @Test func `a token with another key, too late or too early is rejected`() async throws {
        // Guesses have their price, which is not what this is about.
        try await LoopbackServer.with(configure: { $0.penalties.isEnabled = false }) { port in
            for token in [
                LoopbackServer.token("guess"), LoopbackServer.token(offset: -95), LoopbackServer.token(offset: 40), "x",
            ] {
                let measurement = await RMBTClient(LoopbackServer.configuration(port: port, token: token)).run()
                #expect(measurement.error == .tokenRejected)
            }
        }
    }
}
