import Agent
import Btest
import FleetFile
import FleetModel
import Foundation
import Glibc
import Logging
import Reports
import RMBT
import Secrets

/// Runs servers, agent, store and report on this machine, and says what it made.
struct Demo: Sendable {
    private let folder: DemoFolder
    private let duration: Duration
    private let hasColour: Bool

    init(folder: String, duration: Duration, hasColour: Bool) {
        self.folder = DemoFolder(path: folder)
        self.duration = duration
        self.hasColour = hasColour
    }

    func run() async throws {
        let logger = LogLevelArgument(.error).logger("demo")
        let certificate = try SelfSignedCertificate(names: ["127.0.0.1"], validFrom: Date())
        try folder.make()
        let claim: AgentPlace.Claim
        do { claim = try OpenStore.claim(folder.store) } catch let error as any RunStoreError {
            throw OpenStore.failure(error)
        }
        defer { withExtendedLifetime(claim) {} }
        try folder.fill(certificate)
        let btest = try await btestServer(logger)
        let rmbt = try await rmbtServer(certificate, logger)
        let closed = try ClosedPort()
        guard let btestPort = btest.addresses.first?.port, let rmbtPort = rmbt.addresses.first?.port else {
            throw CommandFailure(.configuration, "the demo's servers got no port")
        }
        try folder.writeFleet(.init(btest: btestPort, rmbt: rmbtPort, closed: closed.port))
        let loaded = try loadFleet()
        let fleet = loaded.fleet
        Terminal.note(
            """
            A btest server on 127.0.0.1:\(btestPort) that asks for an EC-SRP5 login, an RMBT server on 127.0.0.1:\(rmbtPort) with TLS, and an \
            agent with \(fleet.targets.count) targets for \(DurationText.format(duration)): two routers, one with the wrong password, \
            one that is gone, and an RMBT server. One test at a time.

            """)
        let began = Date()
        let failure: (any Error)? = await withDiscardingTaskGroup { group in
            defer { group.cancelAll() }
            group.addTask { await btest.run() }
            group.addTask { await rmbt.run() }
            do { try await runAgent(loaded, logger) } catch { return error }
            return nil
        }
        withExtendedLifetime(closed) {}
        if let failure {
            throw (failure as? any RunStoreError).map(OpenStore.failure) ?? CommandFailure(.testFailed, "\(failure)")
        }
        try await report(fleet, from: began)
    }

    private func btestServer(_ logger: Logger) async throws -> BtestServer {
        let password = try SecretReader().secret(inFile: folder.passwordFile)
        let accounts = try password.revealed { try BtestAccounts.ecSRP5(user: DemoFolder.user, password: $0) }
        return try await BtestServer.bind(
            to: [("127.0.0.1", 0)], configuration: .init(accounts: accounts), logger: logger)
    }

    private func rmbtServer(_ certificate: SelfSignedCertificate, _ logger: Logger) async throws -> RMBTServer {
        let keys = try TokenKeyFile(path: folder.tokenKeyFile).keys
        let verifier = RMBTTokenVerifier(
            keys: keys.map { key, label in key.revealed { RMBTTokenVerifier.Key($0, label: label) } })
        return try await RMBTServer.bind(
            to: [.init(host: "127.0.0.1", port: 0, tls: TLSContextSource(certificate.serverContext()))],
            configuration: .init(verifier: verifier), logger: logger)
    }

    private func loadFleet() throws -> LoadedFleet {
        do {
            return try FleetLoader(checkingSecrets: true).load(path: folder.fleetFile)
        } catch {
            throw CommandFailure(.configuration, error.description)
        }
    }

    /// The agent as `probe agent` runs it, each result shown as a line.
    private func runAgent(_ loaded: LoadedFleet, _ logger: Logger) async throws {
        let fleet = loaded.fleet
        let store = try OpenStore.forWriting(fleet.storePath)
        let runtime = try await AgentRuntime(
            fleet: fleet, credentials: loaded.credentials, store: store, client: .thisProgram, logger: logger,
            observers: [ResultLines(hasColour: hasColour)])
        let failure: (any Error)? = await withDiscardingTaskGroup { group in
            defer { group.cancelAll() }
            group.addTask { await ControlSocket(storePath: fleet.storePath, logger: logger).serve(runtime.control) }
            group.addTask {
                await Interruption.cancelling { try? await Task.sleep(for: duration) }
                runtime.control.stop()
            }
            do { _ = try await runtime.run() } catch { return error }
            return nil
        }
        if let failure { throw failure }
        try store.close()
    }

    private func report(_ fleet: Fleet, from began: Date) async throws {
        do {
            let store = try OpenStore.forReading(fleet.storePath)
            let now = Date()
            let input = try await ReportSource(fleet: fleet, store: store).input(began..<now, .all, generatedAt: now)
            let page = try ReportWriter(folder: folder.report).write(input)
            let measured = input.results.filter { $0.outcome == .measured }
            LogOutput.standardOutput.flush(within: .seconds(1))
            func count(_ kind: ProbeKind) -> Int { measured.count { $0.kind == kind } }
            Terminal.output(
                """

                \(input.results.count) runs: \(count(.btest)) btest and \(count(.rmbt)) RMBT tests measured.
                here is your report:     \(page)
                here is your database:   \(fleet.storePath)
                here is the fleet file:  \(fleet.path): edit it and run `probe agent --fleet \(fleet.path)`
                Look into the database:  sqlite3 \(fleet.storePath) 'select * from v_latest'
                Start the servers again: \(folder.path)/serve.sh, and then: probe now core-1 --fleet \(fleet.path)

                """)
        } catch {
            throw CommandFailure(.configuration, "\(error)")
        }
    }
}
