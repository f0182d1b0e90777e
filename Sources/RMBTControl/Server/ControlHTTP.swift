import Hummingbird
import HummingbirdCore
import NIOCore

/// Brings requests from HTTP to the router and its answers back.
struct ControlHTTP: Sendable {
    let router: ControlRouter
    let register: ControlConnectionRegister
    private let trustsProxy: @Sendable (String) -> Bool
    private let source: @Sendable (String) -> String
    private let hasTLS: Bool

    private let strangers = BodyBudget(most: 16 << 20, mostPerSource: 2 << 20)
    private let submissions = BodyBudget(most: 32 << 20, mostPerSource: 12 << 20)

    init(
        router: ControlRouter, register: ControlConnectionRegister, configuration: ControlServer.Configuration,
        hasTLS: Bool
    ) {
        self.router = router
        self.register = register
        trustsProxy = configuration.trustsProxy
        source = configuration.source
        self.hasTLS = hasTLS
    }

    func respond(
        to request: Request, with writer: consuming ResponseWriter, on channel: any Channel
    ) async throws {
        defer { register.step(.awaitingRequest, channel) }
        register.step(.readingBody, channel)
        let read = read(request, on: channel)
        var answer = router.refusal(of: read)
        let limit = ControlRouter.bodyLimit(of: read.path)
        if answer == nil, let length = request.headers[.contentLength].flatMap(Int.init), length > limit {
            answer = ControlRouter.tooLarge(limit)
            answer?.closes = true
        }
        if answer == nil {
            // Some clients send a body only when they hear that it will be read.
            if request.headers[.expect]?.lowercased() == "100-continue" {
                try await writer.writeInformationalHead(HTTPResponse(status: .continue))
            }
            answer = try await answered(read, request.body, limit, channel)
        }
        register.step(.answering, channel)
        var said = answer ?? .refusal(500, "There is no answer.")
        said.allowedOrigin = router.allowedOrigin(of: read)
        let response = response(said, isHead: read.method == .head)
        try await writer.write(response: response.head, body: response.body)
    }

    /// Reads the body and has the request answered, and holds the body no longer.
    private func answered(
        _ request: ControlRequest, _ body: RequestBody, _ limit: Int, _ channel: any Channel
    ) async throws -> ControlAnswer {
        var reading = BodyReading(
            limit: limit, source: source(request.client), strangers: strangers, submissions: submissions,
            isToken: router.isToken)
        defer { reading.end() }
        var answer: ControlAnswer
        do throws(BodyReading.Problem) {
            try await Self.read(body, into: &reading)
            var whole = request
            whole.body = reading.bytes
            register.step(.answering, channel)
            return await router.answer(whole)
        } catch {
            switch error {
            case .tooLarge: answer = ControlRouter.tooLarge(limit)
            case .noToken: answer = .refusal(400, "The field test_token holds no token of this server.")
            case .noRoom:
                answer = .refusal(503, "The server reads too much at present; try again in 1 s.")
                answer.retryAfter = 1
            case .brokenOff: throw CancellationError()
            }
        }
        answer.closes = true
        return answer
    }

    private static func read(
        _ body: RequestBody, into reading: inout BodyReading
    ) async throws(BodyReading.Problem) {
        var pieces = body.makeAsyncIterator()
        while true {
            let piece: ByteBuffer?
            do { piece = try await pieces.next() } catch { throw .brokenOff }
            guard let piece else { return }
            try reading.append(piece)
        }
    }

    /// The address of a connection's peer; an IPv4 one also where it is written as an IPv6 one.
    static func peer(of channel: any Channel) -> String {
        let text = channel.remoteAddress?.ipAddress ?? "?"
        return text.hasPrefix("::ffff:") && text.contains(".") ? String(text.dropFirst("::ffff:".count)) : text
    }

    private func read(_ request: Request, on channel: any Channel) -> ControlRequest {
        let peer = Self.peer(of: channel)
        let isProxied = trustsProxy(peer)
        let forwarded = isProxied ? Self.values("x-forwarded-for", of: request).joined(separator: ",") : ""
        let isSecure =
            hasTLS || (isProxied && Self.values("x-forwarded-proto", of: request).last?.lowercased() == "https")
        let host = request.head.authority.flatMap { Self.isHost($0) ? $0 : nil }
        let method: ControlRequest.Method =
            switch request.method {
            case .get: .get
            case .head: .head
            case .post: .post
            default: .other(request.method.rawValue)
            }
        let path = request.head.path ?? "/"
        return ControlRequest(
            method: method, path: String(path.prefix { $0 != "?" && $0 != "#" }),
            client: ForwardedFor.client(peer: peer, header: forwarded, trusts: trustsProxy),
            base: host.map { (isSecure ? "https://" : "http://") + $0 } ?? "", hasTLS: isSecure,
            agent: Self.values("user-agent", of: request).first ?? "",
            languages: Self.wantedLanguage(in: path)
                + Self.languages(Self.values("accept-language", of: request).joined(separator: ",")),
            origin: Self.values("origin", of: request).first.flatMap { Self.isOrigin($0) ? $0 : nil },
            wantedMethod: Self.values("access-control-request-method", of: request).first)
    }

    /// A page's language that its reader chose: `?lang=de`.
    static func wantedLanguage(in path: String) -> [String] {
        guard let query = path.firstIndex(of: "?").map({ path[path.index(after: $0)...] }) else { return [] }
        let wanted = query.prefix(200).split(separator: "&").first { $0.hasPrefix("lang=") }
        return wanted.map { [String($0.dropFirst("lang=".count).prefix(8))] } ?? []
    }

    /// `de-AT,de;q=0.9,en;q=0.8` in the order of preference.
    static func languages(_ header: String) -> [String] {
        let wanted = header.prefix(500).split(separator: ",").prefix(8).compactMap { part -> (String, Double)? in
            let pieces = part.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
            guard let name = pieces.first, !name.isEmpty, name.utf8.count <= 35 else { return nil }
            let quality = pieces.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            return (name, quality.isFinite ? quality : 0)
        }
        return wanted.enumerated().filter { $0.element.1 > 0 }
            .sorted { ($1.element.1, $0.offset) < ($0.element.1, $1.offset) }.map(\.element.0)
    }

    /// It goes into answers: `https://host:port` and nothing else.
    private static func isOrigin(_ text: String) -> Bool {
        text.utf8.count <= 300 && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"\"<>,;".utf8.contains($0) }
    }

    private static func values(_ name: String, of request: Request) -> [String] {
        request.headers.filter { $0.name.canonicalName == name }.map(\.value)
    }

    /// Whether a Host line holds what a host looks like: it goes into answers.
    private static func isHost(_ text: String) -> Bool {
        (1...255).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: ".-:[]_".utf8.contains(byte)
                }
            }
    }

    private func response(_ answer: ControlAnswer, isHead: Bool) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = answer.content.rawValue
        if answer.status != 204 { headers[.contentLength] = String(answer.body.count) }
        headers[.cacheControl] = "no-store"
        headers[.xContentTypeOptions] = "nosniff"
        if let policy = answer.policy { headers[.contentSecurityPolicy] = policy }
        if let seconds = answer.retryAfter { headers[.retryAfter] = String(seconds) }
        if let allow = answer.allow { headers[.allow] = allow }
        if let origin = answer.allowedOrigin { headers[.accessControlAllowOrigin] = origin }
        if router.dependsOnOrigin { headers[.vary] = "Origin" }
        if let methods = answer.allowedMethods {
            headers[.accessControlAllowMethods] = methods
            headers[.accessControlAllowHeaders] = "Content-Type"
            headers[.accessControlMaxAge] = "3600"
        }
        // What is still to come of a body that nobody wants is not waited for.
        if answer.closes { headers[.connection] = "close" }
        return Response(
            status: HTTPResponse.Status(code: answer.status), headers: headers,
            body: isHead ? .init() : .init(byteBuffer: ByteBuffer(bytes: answer.body)))
    }
}
