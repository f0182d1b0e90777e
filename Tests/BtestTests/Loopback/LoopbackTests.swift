import TestSupport
import Testing

@testable import Btest

@Suite(.usesSockets) struct LoopbackTests {
    @Test(arguments: BtestCommand.Direction.allCases, ["127.0.0.1", "::1"])
    func `a test without login measures`(direction: BtestCommand.Direction, host: String) async throws {
        try await LoopbackServer.with(accounts: .open, host: host) { port in
            let measurement = await BtestClient(
                .init(
                    host: host, port: port, direction: direction, duration: .milliseconds(300), bitsPerSecond: 200e6)
            ).run()
            #expect(measurement.error == nil)
            #expect(measurement.authentication == BtestAuthentication.none)
            #expect((measurement.download?.rate?.bitsPerSecond ?? 0 > 1e6) == direction.includesDownload)
            #expect((measurement.upload?.rate?.bitsPerSecond ?? 0 > 1e6) == direction.includesUpload)
        }
    }

    @Test(arguments: [BtestAuthentication.md5, .ecSRP5])
    func `a right password measures and a wrong one or an unknown user fails alike`(
        method: BtestAuthentication
    ) async throws {
        let accounts: BtestAccounts =
            try method == .md5 ? .md5(passwords: ["u": "right"]) : LoopbackServer.ecSRP5(user: "u", password: "right")
        try await LoopbackServer.with(accounts: accounts) { port in
            func run(_ user: String?, _ password: String) async -> BtestMeasurement {
                await BtestClient(
                    .init(
                        host: "127.0.0.1", port: port, userName: user, password: password, direction: .both,
                        duration: .milliseconds(200), bitsPerSecond: 20e6)
                ).run()
            }
            let right = await run("u", "right")
            #expect(right.error == nil)
            #expect(right.authentication == method)
            #expect(await run("u", "wrong").error == .authenticationFailed(method))
            #expect(await run("nobody", "right").error == .authenticationFailed(method))
            #expect(await run(nil, "").error == .credentialsMissing(offered: method))
        }
    }

    @Test func `a test without a limit is fast`() async throws {
        try await LoopbackServer.with(accounts: .open) { port in
            let measurement = await BtestClient(
                .init(host: "127.0.0.1", port: port, direction: .both, duration: .milliseconds(200))
            ).run()
            #expect(measurement.error == nil)
            #expect(measurement.download?.rate?.bitsPerSecond ?? 0 > 500e6)
            #expect(measurement.upload?.rate?.bitsPerSecond ?? 0 > 500e6)
        }
    }

    @Test func `several connections join one test`() async throws {
        try await LoopbackServer.with(accounts: .open) { port in
            let measurement = await BtestClient(
                .init(
                    host: "127.0.0.1", port: port, direction: .both, duration: .milliseconds(300),
                    bitsPerSecond: 40e6, connections: 4)
            ).run()
            #expect(measurement.error == nil)
            #expect(measurement.download?.connections.count == 4)
            #expect(measurement.upload?.connections.count == 4)
        }
    }
}
