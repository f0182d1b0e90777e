import Hummingbird
import HummingbirdCore
import NIOCore

/// Brings requests from HTTP to the router and its answers back.
struct ControlHTTP: Sendable {
    let router: ControlRouter
    let register: ControlConnectionRegister
    let trustsProxy: @Sendable (String) -> Bool
    let hasTLS: Bool

    func respond(
        to request: Request, with writer: consuming ResponseWriter, on channel: any Channel
    ) async throws {
        defer { register.step(.awaitingRequest, channel) }
        register.step(.readingBody, channel)
        var read = read(request, on: channel)
        var answer = router.refusal(of: read)
        if answer == nil, let length = request.headers[.contentLength].flatMap(Int.init),
            length > ControlRouter.largestBody
        {
            answer = ControlRouter.tooLarge
        }
        if answer == nil {
            // Some clients send a body only when they hear that it will be read.
            if request.headers[.expect]?.lowercased() == "100-continue" {
                try await writer.writeInformationalHead(HTTPResponse(status: .continue))
            }
            do {
                let body = try await request.body.collect(upTo: ControlRouter.largestBody)
                read.body = Array(body.readableBytesView)
            } catch is NIOTooManyBytesError {
                answer = ControlRouter.tooLarge
            }
        }
        register.step(.answering, channel)
        let response: Response
        if let answer {
            response = Self.response(answer, isHead: false)
        } else {
            response = Self.response(await router.answer(read), isHead: read.method == .head)
        }
        try await writer.write(response: response.head, body: response.body)
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
            base: host.map { (isSecure ? "https://" : "http://") + $0 } ?? "", hasTLS: isSecure)
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

    private static func response(_ answer: ControlAnswer, isHead: Bool) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = answer.content.rawValue
        headers[.contentLength] = String(answer.body.count)
        headers[.cacheControl] = "no-store"
        headers[.xContentTypeOptions] = "nosniff"
        if let policy = answer.policy { headers[.contentSecurityPolicy] = policy }
        if let seconds = answer.retryAfter { headers[.retryAfter] = String(seconds) }
        if let allow = answer.allow { headers[.allow] = allow }
        // What is still to come of a body that nobody wants is not waited for.
        if answer.status == 413 { headers[.connection] = "close" }
        return Response(
            status: HTTPResponse.Status(code: answer.status), headers: headers,
            body: isHead ? .init() : .init(byteBuffer: ByteBuffer(bytes: answer.body)))
    }
}
