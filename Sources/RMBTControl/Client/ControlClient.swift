import AsyncHTTPClient
import Foundation
import NIOSSL
import RMBT
import Sockets

/// Phases 1 and 7 of the RTR broadband test: asks a Control Server for a test, and sends it what was measured
/// (specification, sections 4.1 and 4.7; docs/protocols/control-server.md).
public struct ControlClient: Sendable {
    public struct Configuration: Sendable {
        public var server: ControlURL
        /// PEM file with the authorities to trust; nil trusts the system's.
        public var authorityFile: String?
        /// false takes any certificate.
        public var verifies: Bool
        /// As the server stores it with the result.
        public var softwareVersion: String
        /// Where the client's uuid is kept; nil registers anew for each test.
        public var identity: ControlIdentity?
        /// `ipv4` or `ipv6`, where only one will do.
        public var ipVersion: String?
        /// In seconds, for settings and test request each, and for each attempt to deliver a result.
        var requestTimeout = 10.0

        public init(
            server: ControlURL, authorityFile: String? = nil, verifies: Bool = true, softwareVersion: String,
            identity: ControlIdentity?, ipVersion: String? = nil
        ) {
            self.server = server
            self.authorityFile = authorityFile
            self.verifies = verifies
            self.softwareVersion = softwareVersion
            self.identity = identity
            self.ipVersion = ipVersion
        }
    }

    /// The longest wait for a place at a server that is obeyed, in seconds.
    public static let longestWait: Int64 = 60
    /// For all attempts to deliver a result together.
    private static let submissionSeconds = 30.0

    private let configuration: Configuration
    private let conversation: ControlConversation

    /// Talks to a Control Server for as long as `body` runs.
    ///
    /// - Throws: ``ControlError/local(_:)`` when the authorities cannot be read, and what `body` throws.
    public static func talking<Value: Sendable>(
        _ configuration: Configuration, _ body: @Sendable (ControlClient) async throws(ControlError) -> Value
    ) async throws(ControlError) -> Value {
        let tls = RMBTClient.TLS.configuration(
            authorityFile: configuration.authorityFile, verifies: configuration.verifies)
        do {
            // Said here by the file's name, and not by a connection that fails.
            _ = try NIOSSLContext(configuration: tls)
        } catch {
            throw .local("the authorities in \(configuration.authorityFile ?? "the system's store") cannot be read")
        }
        let http = ControlConversation.client(tls: tls)
        let client = ControlClient(
            configuration: configuration, conversation: ControlConversation(http: http, server: configuration.server))
        let result: Result<Value, ControlError>
        do {
            result = .success(try await body(client))
        } catch {
            result = .failure(error)
        }
        try? await http.shutdown()
        return try result.get()
    }

    // MARK: Phase 1

    /// Asks for a test, as the client that the server knows already or as a new one.
    public func requestTest(connections: Int) async throws(ControlError) -> ControlAssignment {
        let server = configuration.server
        let known = configuration.identity?.uuid(for: server)
        let uuid: String
        if let known { uuid = known } else { uuid = try await register() }
        var reply = try await request(connections, as: uuid)
        var owner = uuid
        if known != nil, !reply.error.isEmpty {
            // The server may have lost its clients. Whatever else it is, it says once more.
            owner = try await register()
            reply = try await request(connections, as: owner)
        }
        let assignment = try ControlAssignment.read(reply, clientUUID: owner, server: server).get()
        guard assignment.wait <= Self.longestWait else {
            throw .longWait(server: server.description, seconds: assignment.wait)
        }
        return assignment
    }

    private func register() async throws(ControlError) -> String {
        let server = configuration.server
        let request = ControlSettingsRequest(
            name: "RMBT", type: "DESKTOP", language: "en", timezone: "UTC",
            softwareRevision: configuration.softwareVersion, softwareVersionName: configuration.softwareVersion,
            acceptsTerms: true)
        let reply: ControlSettingsReply = try await conversation.post(
            request, to: server.address(of: "settings"), seconds: configuration.requestTimeout)
        guard let uuid = reply.settings.first?.uuid, UUID(uuidString: uuid) != nil else {
            throw reply.error.isEmpty
                ? .malformed(server: server.description, detail: "settings without a uuid")
                : .noTest(server: server.description, words: ControlWords.joined(reply.error))
        }
        try configuration.identity?.keep(uuid, for: server)
        return uuid
    }

    private func request(_ connections: Int, as uuid: String) async throws(ControlError) -> ControlTestReply {
        var request = ControlTestRequest(uuid: uuid)
        request.client = "RMBT"
        request.version = "0.9"
        request.type = "DESKTOP"
        request.softwareVersion = configuration.softwareVersion
        request.softwareRevision = configuration.softwareVersion
        request.language = "en"
        request.timezone = "UTC"
        request.time = Int64(Date().timeIntervalSince1970 * 1000)
        request.capabilities = .init(RMBThttp: true)
        request.threadCount = Int64(connections)
        request.protocolVersion = configuration.ipVersion
        return try await conversation.post(
            request, to: configuration.server.address(of: "testRequest"), seconds: configuration.requestTimeout)
    }

    // MARK: Phase 7

    /// Sends what was measured, again after a pause where it did not get through, and never again once it did.
    public func submit(
        _ measurement: RMBTMeasurement, of assignment: ControlAssignment, begunAt: Date
    ) async -> ControlSubmissionOutcome {
        let submission = ControlSubmission(
            measurement, of: assignment, begunAt: begunAt, softwareVersion: configuration.softwareVersion)
        let deadline = MonotonicClock.now() + Int64(Self.submissionSeconds * 1e9)
        var attempts = SubmissionAttempts()
        while true {
            let step = await attempt(submission, to: assignment.resultAddress, &attempts, until: deadline)
            switch step {
            case .end(let outcome): return outcome
            case .again(let seconds): try? await Task.sleep(for: .seconds(seconds))
            }
        }
    }

    private func attempt(
        _ submission: ControlSubmission, to address: String, _ attempts: inout SubmissionAttempts,
        until deadline: Int64
    ) async -> SubmissionAttempts.Step {
        let left = Double(deadline - MonotonicClock.now()) * 1e-9
        do throws(ControlError) {
            guard left > 0 else {
                throw ControlError.silent(server: configuration.server.description, seconds: Self.submissionSeconds)
            }
            let verdict: ControlVerdict = try await conversation.post(
                submission, to: address, seconds: min(configuration.requestTimeout, left))
            guard verdict.error.isEmpty else {
                throw ControlError.noTest(
                    server: configuration.server.description, words: ControlWords.joined(verdict.error))
            }
            return attempts.accepted()
        } catch {
            let step = attempts.failed(error)
            if case .again = step, left <= 0 || Task.isCancelled { return attempts.gaveUp(error) }
            return step
        }
    }

    /// Tells the server that nothing will come of a test, so that its place is free: once, and without waiting for long. A test that
    /// was stopped is given up too, so this goes on in a cancelled task.
    public func giveUp(_ assignment: ControlAssignment) async {
        guard let testUUID = assignment.testUUID else { return }
        let update = ControlResultUpdate(uuid: assignment.clientUUID, testUUID: testUUID, aborted: true, failed: true)
        let address = configuration.server.address(of: "resultUpdate")
        await Task { [conversation] in
            _ = try? await conversation.post(update, to: address, seconds: 3, as: ControlVerdict.self)
        }.value
    }
}
