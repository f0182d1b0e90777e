import Transfer
import Synchronization

/// Finds the endpoint of a request.
final class ControlRouter: Sendable {
    static let base = "/RMBTControlServer"
    /// The largest body, in bytes: some 60,000 tuples, where clients send some thousand.
    static let largestBody = 4 << 20

    private let service: ControlService
    private let allowance: Mutex<AddressAllowance>
    private let source: @Sendable (String) -> String
    private let testPage: TestPage

    init(service: ControlService, configuration: ControlServer.Configuration) {
        self.service = service
        source = configuration.source
        allowance = Mutex(AddressAllowance(perMinute: configuration.requestsPerMinute))
        testPage = TestPage(servers: configuration.servers)
    }

    /// Judges a request before its body is read.
    ///
    /// - Returns: nil for one that may go on.
    func refusal(of request: ControlRequest) -> ControlAnswer? {
        let source = source(request.client)
        if let wait = allowance.withLock({ $0.use(by: source, at: MonotonicClock.now()) }) {
            return ControlService.tooMany("The address \(request.client) asks too much", wait)
        }
        return nil
    }

    static var tooLarge: ControlAnswer {
        .refusal(413, "The body is larger than \(largestBody >> 20) MiB: thin out speed_detail.")
    }

    func answer(_ request: ControlRequest) async -> ControlAnswer {
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
            return await service.share(String(path.dropFirst("/share/".count)))
        }
        return .refusal(404, "There is nothing at this address; the interface begins with \(Self.base).")
    }

    private func endpoint(_ name: String, _ request: ControlRequest) async -> ControlAnswer {
        let known = [
            "settings", "testRequest", "result", "resultUpdate", "resultQoS", "history", "testresult", "ip",
            "qosTestRequest",
        ]
        guard known.contains(name) else {
            return .refusal(404, "There is no such request; there are \(known.joined(separator: ", ")).")
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
