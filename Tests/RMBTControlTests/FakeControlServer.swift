import Foundation
import Hummingbird
import Logging
import NIOCore
import Synchronization

/// A Control Server on a free loopback port that answers by a script, and remembers what it was asked.
final class FakeControlServer: Sendable {
    struct Request: Sendable {
        let use: String
        let body: Data
    }

    /// An answer: status and text; nil leaves the client without one.
    typealias Answer = (status: Int, text: String)

    private let seen = Mutex<[Request]>([])
    private let answer: @Sendable (Request, _ earlier: Int) -> Answer?
    private let retryAfter: Int?

    /// - Parameters:
    ///   - retryAfter: stands in every answer.
    ///   - answer: for each request, with the number of earlier ones of the same use.
    init(retryAfter: Int? = nil, _ answer: @escaping @Sendable (Request, _ earlier: Int) -> Answer?) {
        self.answer = answer
        self.retryAfter = retryAfter
    }

    func requests(_ use: String) -> [Request] { seen.withLock { $0.filter { $0.use == use } } }

    /// Serves for as long as `body` runs.
    func with<Value: Sendable>(_ body: @Sendable @escaping (_ url: String) async throws -> Value) async throws -> Value
    {
        let router = Router()
        router.on("**", method: .post) { [self] request, _ -> Response in
            let bytes = try await request.body.collect(upTo: 1 << 24)
            let asked = Request(
                use: request.uri.path.split(separator: "/").last.map(String.init) ?? "", body: Data(buffer: bytes))
            let earlier = seen.withLock { seen in
                defer { seen.append(asked) }
                return seen.count { $0.use == asked.use }
            }
            guard let (status, text) = answer(asked, earlier) else {
                try await Task.sleep(for: .seconds(60))
                return Response(status: .ok)
            }
            guard text != "endless" else {
                return Response(
                    status: .ok,
                    body: ResponseBody { writer in
                        while true { try await writer.write(ByteBuffer(repeating: 0x20, count: 65_536)) }
                    })
            }
            return Response(
                status: .init(code: status), headers: retryAfter.map { [.retryAfter: String($0)] } ?? [:],
                body: .init(byteBuffer: ByteBuffer(string: text)))
        }
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in continuation.yield(channel.localAddress?.port ?? 0) },
            logger: Logger(label: "fake") { _ in SwiftLogNoOpLogHandler() })
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask {
                try? await application.run()
                return nil
            }
            group.addTask {
                var port = 0
                for await bound in ports {
                    port = bound
                    break
                }
                return try await body("http://127.0.0.1:\(port)")
            }
            while let value = try await group.next() {
                if let value {
                    group.cancelAll()
                    return value
                }
            }
            throw CancellationError()
        }
    }
}
