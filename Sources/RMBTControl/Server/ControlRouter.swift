import Sockets
import Synchronization

/// Finds the endpoint of a request.
final class ControlRouter: Sendable {
    static let base = "/RMBTControlServer"
    /// The largest body of a result, in bytes: some 60,000 tuples, where clients send some thousand.
    static let largestBody = 4 << 20
    /// The largest of any other request.
    static let smallBody = 64 << 10

    private let service: ControlService
    private let allowance: Mutex<AddressAllowance>
    private let source: @Sendable (String) -> String
    private let testPage: TestPage
    private let allowedOrigins: [String]

    init(service: ControlService, configuration: ControlServer.Configuration) {
        self.service = service
        source = configuration.source
        allowance = Mutex(AddressAllowance(perMinute: configuration.requestsPerMinute))
        testPage = TestPage(servers: configuration.servers, links: configuration.operatorLinks)
        allowedOrigins = configuration.allowedOrigins.map { $0.lowercased() }
    }

    /// Judges a request before its body is read.
    ///
    /// - Returns: nil for one that may go on.
    func refusal(of request: ControlRequest) -> ControlAnswer? {
        let source = source(request.client)
        // With many tests at once a server has more to say than any client has to ask.
        if request.path == Self.base + "/servedTests", service.isReporter(source) { return nil }
        if let wait = allowance.withLock({ $0.use(by: source, at: MonotonicClock.now()) }) {
            return ControlService.tooMany("The address \(request.client) asks too much", wait)
        }
        return nil
    }

    /// Bytes of a body that are read for a path.
    static func bodyLimit(of path: String) -> Int {
        path == base + "/result" || path == base + "/result/" ? largestBody : smallBody
    }

    static func tooLarge(_ limit: Int) -> ControlAnswer {
        limit == largestBody
            ? .refusal(413, "The body is larger than \(largestBody >> 20) MiB: thin out speed_detail.")
            : .refusal(413, "The body is larger than \(limit >> 10) KiB.")
    }

    /// Whether a token opens the way for a large body.
    func isToken(_ text: String) -> Bool { service.isToken(text) }

    // MARK: Pages from elsewhere

    /// Who may read an answer, as the answer says it; nil where nobody elsewhere may.
    func allowedOrigin(of request: ControlRequest) -> String? {
        guard let origin = request.origin, request.path.hasPrefix(Self.base + "/") else { return nil }
        if allowedOrigins.contains("*") { return "*" }
        return allowedOrigins.contains(origin.lowercased()) ? origin : nil
    }

    /// Whether answers differ by who asks.
    var dependsOnOrigin: Bool { !allowedOrigins.isEmpty && !allowedOrigins.contains("*") }

    private func preflight(_ request: ControlRequest) -> ControlAnswer? {
        guard request.method == .other("OPTIONS"), request.wantedMethod != nil, allowedOrigin(of: request) != nil else {
            return nil
        }
        var answer = ControlAnswer(status: 204, content: .json, body: [])
        answer.allowedMethods = "GET, POST, OPTIONS"
        return answer
    }

    func answer(_ request: ControlRequest) async -> ControlAnswer {
        if let answer = preflight(request) { return answer }
        var path = request.path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        if path.hasPrefix(Self.base + "/") {
            return await endpoint(String(path.dropFirst(Self.base.count + 1)), request)
        }
        if path == "/" || path == "" {
            return page(request) ?? testPage.answer
        }
        if path.hasPrefix("/share/") {
            if let refused = page(request) { return refused }
            return await service.share(String(path.dropFirst("/share/".count)), request.languages)
        }
        return .refusal(404, "There is nothing at this address; the interface begins with \(Self.base).")
    }

    private func endpoint(_ name: String, _ request: ControlRequest) async -> ControlAnswer {
        let known = [
            "settings", "testRequest", "result", "resultUpdate", "resultQoS", "history", "testresult", "ip",
            "qosTestRequest", "requestDataCollector", "servedTests",
        ]
        guard known.contains(name) else {
            return .refusal(404, "There is no such request; there are \(known.joined(separator: ", ")).")
        }
        if name == "requestDataCollector", [.get, .head, .post].contains(request.method) {
            return service.dataCollector(request)
        }
        guard request.method == .post else {
            var answer = ControlAnswer.refusal(405, "\(Self.base)/\(name) takes POST with a JSON object.")
            answer.allow = "POST"
            return answer
        }
        return switch name {
        case "settings": service.settings(request)
        case "testRequest": service.testRequest(request)
        case "result": await service.result(request)
        case "servedTests": service.servedTests(request)
        case "resultUpdate": service.resultUpdate(request)
        case "history": await service.history(request)
        case "testresult": await service.testResult(request)
        case "ip": service.ip(request)
        case "qosTestRequest": service.qosTestRequest()
        default: .json(ControlVerdict())
        }
    }

    /// Why a page is not shown; nil where it is.
    private func page(_ request: ControlRequest) -> ControlAnswer? {
        guard request.method != .get, request.method != .head else { return nil }
        var answer = ControlAnswer.refusal(405, "A page takes GET.")
        answer.allow = "GET, HEAD"
        return answer
    }
}
