import Foundation
import Logging
import Sockets
import Synchronization

/// What a Control Server answers, without HTTP: one method an endpoint (docs/protocols/control-server.md).
final class ControlService: Sendable {
    /// How long after its start a test's result is taken, in seconds.
    static let resultWindow: Int64 = 3600
    /// A token may be used so many seconds before its time, and a result cannot be there earlier.
    static let clockTolerance: Int64 = 20
    static let mostHistory: Int64 = 1000

    /// How long a result waits for the word of the RMBT server, which comes several times a second.
    static let longestConfirmation = Duration.seconds(3)
    private static let confirmationStep = Duration.milliseconds(100)

    private struct State {
        var desk: TestDesk
        var served = ServedTests()
        /// It was said that no server reports.
        var hasMissedReports = false
        var tests: AddressAllowance
    }

    private let configuration: ControlServer.Configuration
    private let results: any ControlResults
    private let survey: ServerSurvey
    private let logger: Logger
    private let decoder = SubmissionDecoder()
    private let state: Mutex<State>

    init(
        configuration: ControlServer.Configuration, results: any ControlResults, survey: ServerSurvey, logger: Logger
    ) {
        self.configuration = configuration
        self.results = results
        self.survey = survey
        self.logger = logger
        state = Mutex(
            State(
                desk: TestDesk(
                    selection: configuration.selection, duration: Int64(configuration.testDuration),
                    longestWait: Int64(configuration.longestWait)),
                tests: AddressAllowance(perMinute: configuration.testsPerMinute)))
    }

    /// Of all servers, as they are now.
    private var tokenKeys: [String] { configuration.servers.flatMap(\.tokenKeys) }

    private var now: Int64 { Int64(configuration.now().timeIntervalSince1970) }

    // MARK: settings

    func settings(_ request: ControlRequest) -> ControlAnswer {
        decoded(ControlSettingsRequest.self, request) { message in
            let uuid = message.acceptsTerms == false ? nil : message.uuid.flatMap(UUID.init(uuidString:)) ?? UUID()
            let servers = configuration.servers.map {
                ControlSettingsReply.Settings.Server(name: $0.name, uuid: $0.name)
            }
            let settings = ControlSettingsReply.Settings(
                uuid: uuid?.uuidString.lowercased(), version: configuration.version, servers: servers)
            return .json(ControlSettingsReply(settings: [settings]))
        }
    }

    // MARK: testRequest

    func testRequest(_ request: ControlRequest) -> ControlAnswer {
        let source = configuration.source(request.client)
        if let wait = state.withLock({ $0.tests.use(by: source, at: MonotonicClock.now()) }) {
            return Self.tooMany("The address \(request.client) asks for too many tests", wait)
        }
        return decoded(ControlTestRequest.self, request) { message in
            guard let text = message.uuid, let client = UUID(uuidString: text) else {
                return .refusal(400, "The field uuid is the client's uuid: get one from settings.")
            }
            if let timezone = message.timezone, TimeZone(identifier: timezone) == nil {
                return logicalError(
                    "The time zone \(Self.shown(timezone)) is unknown: name one as Europe/Vienna or UTC.")
            }
            let offers: [ServerOffer]
            switch ServerOffer.offers(to: message, over: request.hasTLS, of: configuration.servers, survey.manner(of:))
            {
            case .success(let found): offers = found
            case .failure(let refusal): return logicalError(refusal.sentence)
            }
            return permit(offers, to: client, message, request)
        }
    }

    private func permit(
        _ offers: [ServerOffer], to client: UUID, _ message: ControlTestRequest, _ request: ControlRequest
    ) -> ControlAnswer {
        let test = UUID()
        let now = now
        let source = configuration.source(request.client)
        let candidates = offers.map { TestDesk.Candidate(name: $0.server.name, maxTests: $0.server.maxTests) }
        switch state.withLock({ $0.desk.admit(test, of: client, at: source, among: candidates, at: now) }) {
        case .busy(let seconds):
            return logicalError("All servers are busy; try again in \(seconds) s.", retryAfter: seconds)
        case .granted(let name, let start):
            guard let offer = offers.first(where: { $0.server.name == name }), let key = offer.server.tokenKeys.first
            else { return .refusal(500, "The server \(name) has no token key.") }
            logger.info(
                "test permitted",
                metadata: [
                    "peer": "\(request.client)", "server": "\(name)", "test": "\(test.uuidString.lowercased())",
                    "wait": .stringConvertible(start - now),
                ])
            let uuid = test.uuidString.lowercased()
            var reply = ControlTestReply()
            reply.clientAddress = request.client
            reply.testUUID = uuid
            reply.openTestUUID = "O" + uuid
            reply.resultURL = request.base + ControlRouter.base + "/result"
            reply.resultQoSURL = request.base + ControlRouter.base + "/resultQoS"
            reply.duration = Int64(configuration.testDuration)
            reply.threads = min(max(message.threadCount ?? .max, 1), Int64(configuration.threads))
            reply.pings = Int64(configuration.pings)
            reply.wait = start - now
            reply.serverName = name
            reply.serverAddress = offer.server.host
            reply.serverPort = Int64(offer.server.port)
            reply.serverType = offer.type
            reply.isEncrypted = offer.manner.hasTLS
            reply.token = configuration.token(test, start, request.client, key)
            return .json(reply)
        }
    }

    // MARK: result

    func result(_ request: ControlRequest) async -> ControlAnswer {
        let token: TestToken
        let submission: ControlSubmission
        do throws(RequestJSON.Refusal) {
            (token, submission) = try await decoder.decode(request.body, keys: tokenKeys)
        } catch {
            logger.notice("result refused", metadata: ["peer": "\(request.client)", "reason": "\(error.sentence)"])
            return .refusal(400, error.sentence)
        }
        let now = now
        guard token.start <= now + Self.clockTolerance else {
            return .refusal(400, "The test may begin in \(token.start - now) s: its result cannot be there yet.")
        }
        guard token.start >= now - Self.resultWindow else {
            return .refusal(
                400, "The test is over: its result was due within \(Self.resultWindow / 60) minutes of its start.")
        }
        if let text = submission.testUUID, Self.test(named: text) != token.test {
            return .refusal(400, "The field test_uuid is not that of the token.")
        }
        let known = state.withLock { $0.desk.test(token.test) }
        if let known, let client = submission.clientUUID, UUID(uuidString: client) != known.client {
            return .refusal(400, "The field client_uuid is not that of the client that asked for the test.")
        }
        if submission.status == "1" {
            state.withLock { _ = $0.desk.finish(token.test) }
            logger.info("test failed at the client", metadata: ["peer": "\(request.client)"])
            return .json(ControlVerdict())
        }
        do {
            var result = try SubmissionCheck(submission, asked: configuration.testDuration).result(
                id: token.test, start: Date(timeIntervalSince1970: Double(token.start)), now: configuration.now())
            result.client = result.client ?? known?.client
            result.server =
                known?.server ?? (configuration.servers.count == 1 ? configuration.servers.first?.name : nil)
            result.isUnconfirmed = await account(of: result, at: now) != .agrees
            return await store(result, request)
        } catch {
            return .refusal(400, error.sentence)
        }
    }

    /// Holds a result against what the RMBT server counted, which may be on its way.
    private func account(of result: ControlResult, at now: Int64) async -> ServedTests.Account {
        let deadline = MonotonicClock.now() + Self.longestConfirmation.wholeNanoseconds
        while true {
            let (account, isHearing) = state.withLock { ($0.served.account(of: result), $0.served.isHearing(at: now)) }
            if !isHearing,
                state.withLock({ state in
                    defer { state.hasMissedReports = true }
                    return !state.hasMissedReports
                })
            {
                logger.notice(
                    "no RMBT server reports here, so results are unconfirmed: start it with --report-to and this server's address"
                )
            }
            guard account != .agrees, isHearing, MonotonicClock.now() < deadline else { return account }
            do { try await Task.sleep(for: Self.confirmationStep) } catch { return account }
        }
    }

    /// Whether a token was made here, and is of a time whose results are taken: whoever has none sends no large body.
    func isToken(_ text: String) -> Bool {
        guard let token = TestToken(text, keys: tokenKeys) else { return false }
        let now = now
        return (now - Self.resultWindow...now + Self.clockTolerance).contains(token.start)
    }

    private func store(_ result: ControlResult, _ request: ControlRequest) async -> ControlAnswer {
        do {
            guard try await results.store(result) else {
                return .refusal(400, "The test has a result already: one submission is taken.")
            }
        } catch {
            logger.error("result not stored", metadata: ["reason": "\(error)"])
            return .refusal(503, "The result could not be stored; send it again in a minute.")
        }
        state.withLock { _ = $0.desk.finish(result.id) }
        logger.info(
            "result stored",
            metadata: [
                "peer": "\(request.client)", "test": "\(result.id.uuidString.lowercased())",
                "server": "\(result.server ?? "?")", "unconfirmed": .stringConvertible(result.isUnconfirmed),
                "download_bits_per_second": .stringConvertible((result.download?.bitsPerSecond ?? 0).rounded()),
                "upload_bits_per_second": .stringConvertible((result.upload?.bitsPerSecond ?? 0).rounded()),
            ])
        return .json(ControlVerdict())
    }

    // MARK: servedTests

    func servedTests(_ request: ControlRequest) -> ControlAnswer {
        decoded(ControlServedReport.self, request) { report in
            guard let tests = report.tests(keys: tokenKeys) else {
                logger.notice(
                    "a report of served tests that no known key signed", metadata: ["peer": "\(request.client)"])
                return .refusal(400, "The report is signed with no token key of this server.")
            }
            let now = now
            state.withLock { $0.served.hear(tests, from: configuration.source(request.client), at: now) }
            return .json(ControlVerdict())
        }
    }

    /// Whether an RMBT server reports from there.
    func isReporter(_ source: String) -> Bool {
        let now = now
        return state.withLock { $0.served.isReporter(source, at: now) }
    }

    func resultUpdate(_ request: ControlRequest) -> ControlAnswer {
        decoded(ControlResultQuery.self, request) { message in
            guard let test = message.testUUID.flatMap(Self.test(named:)) else {
                return .refusal(400, "The field test_uuid names no test.")
            }
            let isOver = message.isAborted == true || message.hasFailed == true
            let client = message.uuid.flatMap(UUID.init(uuidString:))
            let wasKnown = state.withLock { state in
                guard let known = state.desk.test(test), known.client == client else { return false }
                if isOver { state.desk.finish(test) }
                return true
            }
            return .json(ControlVerdict(error: wasKnown ? [] : ["The client has no such test open."]))
        }
    }

    // MARK: What was measured

    func history(_ request: ControlRequest) async -> ControlAnswer {
        await asked(request) { message in
            guard let client = message.uuid.flatMap(UUID.init(uuidString:)) else {
                return .refusal(400, "The field uuid is the client's uuid: get one from settings.")
            }
            let limit = Int(min(max(message.limit ?? 100, 1), Self.mostHistory))
            let stored = try await results.history(of: client, limit: limit)
            return .json(ControlHistoryReply(history: stored.map(ResultWords.history)))
        }
    }

    func testResult(_ request: ControlRequest) async -> ControlAnswer {
        await asked(request) { message in
            guard let test = message.testUUID.flatMap(Self.test(named:)) else {
                return .refusal(400, "The field test_uuid names no test.")
            }
            guard let stored = try await results.result(of: test) else {
                return .json(ControlTestResultReply(testresult: [], error: ["The test has no result."]))
            }
            return .json(ControlTestResultReply(testresult: [ResultWords.testResult(stored, base: request.base)]))
        }
    }

    func share(_ name: String, _ languages: [String]) async -> ControlAnswer {
        let page = SharePage(language: PageLanguage(preferring: languages), links: configuration.operatorLinks)
        guard let test = Self.test(named: name) else { return page.missing() }
        do {
            guard let stored = try await results.result(of: test) else { return page.missing() }
            return page.answer(stored)
        } catch {
            logger.error("result not read", metadata: ["reason": "\(error)"])
            return page.unreadable()
        }
    }

    func dataCollector(_ request: ControlRequest) -> ControlAnswer {
        let agent = UserAgent(request.agent)
        return .json(
            ControlDataCollectorReply(
                agent: agent.text, product: agent.product, version: agent.version, os: agent.system,
                ip: request.client, url: request.base + request.path, languages: request.languages))
    }

    func ip(_ request: ControlRequest) -> ControlAnswer {
        struct Address: Encodable {
            let v: Int
            let ip: String
        }
        return .json(Address(v: request.client.contains(":") ? 6 : 4, ip: request.client))
    }

    func qosTestRequest() -> ControlAnswer {
        struct Objectives: Encodable {
            let objectives: [String: String] = [:]
            let error: [String] = []
        }
        return .json(Objectives())
    }

    // MARK: Parts

    static func tooMany(_ what: String, _ wait: Int64) -> ControlAnswer {
        var answer = ControlAnswer.refusal(429, "\(what); try again in \(wait) s.")
        answer.retryAfter = wait
        return answer
    }

    /// The uuid of a test by its private or its open name.
    private static func test(named text: String) -> UUID? {
        UUID(uuidString: text.hasPrefix("O") ? String(text.dropFirst()) : text)
    }

    private static func shown(_ text: String) -> String {
        (text.count > 40 ? String(text.prefix(40)) + "…" : text).debugDescription
    }

    private func logicalError(_ sentence: String, retryAfter: Int64? = nil) -> ControlAnswer {
        var answer = ControlAnswer.json(ControlTestReply(error: [sentence]))
        answer.retryAfter = retryAfter
        return answer
    }

    private func decoded<Message: Decodable>(
        _ type: Message.Type, _ request: ControlRequest, _ body: (Message) -> ControlAnswer
    ) -> ControlAnswer {
        do {
            return body(try RequestJSON.decode(type, from: request.body))
        } catch {
            return .refusal(400, error.sentence)
        }
    }

    private func asked(
        _ request: ControlRequest, _ body: (ControlResultQuery) async throws -> ControlAnswer
    ) async -> ControlAnswer {
        let message: ControlResultQuery
        do {
            message = try RequestJSON.decode(ControlResultQuery.self, from: request.body)
        } catch {
            return .refusal(400, error.sentence)
        }
        do {
            return try await body(message)
        } catch {
            logger.error("results not read", metadata: ["reason": "\(error)"])
            return .refusal(503, "The results could not be read; try again in a minute.")
        }
    }
}
