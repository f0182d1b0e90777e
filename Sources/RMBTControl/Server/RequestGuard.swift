import NIOCore
import NIOHTTP1

/// Answers what RFC 9112 wants answered before any endpoint sees it: heads that are too large (431), not whole in time (408), or
/// with no Host or two of them (400). Offers to upgrade are declined: the answer comes in HTTP/1.1 and ends the connection,
/// because the decoder reads nothing after them.
///
/// A connection that ends so takes a second to do it, in which what still comes is thrown away: else the system would answer it
/// with a reset, which may overtake the answer.
final class RequestGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// The client had so long for what was due.
    struct TimeIsOver: Sendable {
        /// The answer was due, or its taking.
        let isAnswering: Bool
    }

    static let lingering = TimeAmount.seconds(1)
    /// Bytes of all header lines, and of one.
    static let largestHead = 32 << 10
    static let largestField = 16 << 10

    private let arrival: RequestArrival
    /// Requests that were passed on and whose answer is not complete.
    private var unanswered = 0
    private var hasBegunAnswer = false
    private var closesAfterAnswer = false
    private var isEnding = false
    private var refusal: (status: HTTPResponseStatus, sentence: String)?

    init(arrival: RequestArrival) {
        self.arrival = arrival
    }

    // MARK: In

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isEnding, refusal == nil else { return }
        let part = unwrapInboundIn(data)
        arrival.isPartial = false
        if case .head(let head) = part {
            if let sentence = Self.complaint(about: head) { return refuse(.badRequest, sentence, context) }
            unanswered += 1
            if head.headers.contains(name: "upgrade") { closesAfterAnswer = true }
        }
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !isEnding else { return }
        guard let error = error as? HTTPParserError, unanswered == 0 else { return context.fireErrorCaught(error) }
        if error == .headerOverflow {
            refuse(.requestHeaderFieldsTooLarge, "The head of the request is too large.", context)
        } else {
            refuse(.badRequest, "This is no request of HTTP/1.1.", context)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let time = event as? TimeIsOver else { return context.fireUserInboundEventTriggered(event) }
        guard !isEnding else { return }
        let isDue = unanswered == 0 ? arrival.isPartial : !time.isAnswering && !hasBegunAnswer
        guard isDue else { return context.close(promise: nil) }
        unanswered = 0
        refuse(.requestTimeout, "The request was not there in time.", context)
    }

    private static func complaint(about head: HTTPRequestHead) -> String? {
        let hosts = head.headers["host"].count
        if hosts > 1 { return "The request has more than one Host line." }
        return hosts == 0 && head.version.major == 1 && head.version.minor >= 1 ? "The request has no Host line." : nil
    }

    // MARK: Out

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isEnding else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(var head):
            hasBegunAnswer = head.status.code >= 200
            if hasBegunAnswer, closesAfterAnswer { head.headers.replaceOrAdd(name: "connection", value: "close") }
            if head.headers["connection"].contains("close") { closesAfterAnswer = true }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body(let body): context.write(wrapOutboundOut(.body(body)), promise: promise)
        case .end(let end):
            hasBegunAnswer = false
            unanswered = max(unanswered - 1, 0)
            context.write(wrapOutboundOut(.end(end)), promise: promise)
            if closesAfterAnswer { return finish(context) }
            if unanswered == 0, let refusal { say(refusal.status, refusal.sentence, context) }
        }
    }

    private func refuse(_ status: HTTPResponseStatus, _ sentence: String, _ context: ChannelHandlerContext) {
        // What came before it is answered first.
        guard unanswered == 0 else {
            refusal = refusal ?? (status, sentence)
            return
        }
        say(status, sentence, context)
    }

    private func say(_ status: HTTPResponseStatus, _ sentence: String, _ context: ChannelHandlerContext) {
        let body = ControlAnswer.refusal(Int(status.code), sentence).body
        let headers: HTTPHeaders = [
            "content-type": ControlAnswer.Content.json.rawValue, "content-length": "\(body.count)",
            "connection": "close",
        ]
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
        context.write(wrapOutboundOut(.end(nil)), promise: nil)
        finish(context)
    }

    private func finish(_ context: ChannelHandlerContext) {
        isEnding = true
        context.flush()
        context.close(mode: .output, promise: nil)
        let channel = context.channel
        context.eventLoop.scheduleTask(in: Self.lingering) { channel.close(promise: nil) }
    }
}
