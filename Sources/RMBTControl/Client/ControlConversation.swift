import AsyncHTTPClient
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOPosix
import NIOSSL
import RMBT

/// One JSON request and its answer, bounded in time and bytes.
struct ControlConversation: Sendable {
    /// What an answer may weigh at most; the longest that clients need has some kilobytes.
    private static let mostBytes = 1 << 20

    private static let timeouts: [HTTPClientError] = [
        .connectTimeout, .deadlineExceeded, .readTimeout, .getConnectionFromPoolTimeout,
    ]

    private let http: HTTPClient
    private let server: ControlURL

    init(http: HTTPClient, server: ControlURL) {
        self.http = http
        self.server = server
    }

    static func client(tls: TLSConfiguration) -> HTTPClient {
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(5), read: .seconds(10)))
        configuration.httpVersion = .http1Only
        // A refused connection is a fact to tell, and not to be tried until the deadline.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.http1_1ConnectionDebugInitializer = { ResponseGuard.add(to: $0) }
        return HTTPClient(
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton), configuration: configuration)
    }

    /// - Parameter seconds: for the connection, the request and the whole answer.
    func post<Reply: Decodable>(
        _ body: some Encodable, to address: String, seconds: Double, as: Reply.Type = Reply.self
    ) async throws(ControlError) -> Reply {
        let (data, asksToReturn) = try await answer(to: body, at: address, seconds: seconds)
        if asksToReturn, let said = try? JSONDecoder().decode(ControlVerdict.self, from: data), !said.error.isEmpty {
            throw .busy(server: server.description, words: ControlWords.joined(said.error))
        }
        do {
            return try JSONDecoder().decode(Reply.self, from: data)
        } catch {
            throw .unreadable(server: server.description)
        }
    }

    /// - Returns: the answer of a server that says yes, and whether it names a time to ask again.
    private func answer(
        to body: some Encodable, at address: String, seconds: Double
    ) async throws(ControlError) -> (Data, asksToReturn: Bool) {
        var request = HTTPClientRequest(url: address)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.headers.add(name: "Accept", value: "application/json")
        let status: Int
        let asksToReturn: Bool
        let answer: Data
        do {
            request.body = .bytes(ByteBuffer(data: try JSONEncoder().encode(body)))
            let deadline = NIODeadline.now() + .nanoseconds(Int64(seconds * 1e9))
            let response = try await http.execute(request, deadline: deadline)
            status = Int(response.status.code)
            asksToReturn = response.headers.contains(name: "Retry-After")
            answer = Data(buffer: try await response.body.collect(upTo: Self.mostBytes))
        } catch {
            throw reason(for: error, seconds: seconds)
        }
        guard (200..<300).contains(status) else {
            let said = (try? JSONDecoder().decode(ControlVerdict.self, from: answer))?.error ?? []
            let words = said.isEmpty ? "" : ControlWords.visible(said.joined(separator: "; "))
            if status == 429 || status == 503 {
                throw .busy(
                    server: server.description, words: words.isEmpty ? "it answered with status \(status)" : words)
            }
            throw .refused(server: server.description, status: status, words: words)
        }
        return (answer, asksToReturn)
    }

    private func reason(for error: any Error, seconds: Double) -> ControlError {
        let name = server.description
        if error is CancellationError || Task.isCancelled { return .stopped }
        if let reason = RMBTTLSError.sentence(for: error) { return .tls(server: name, reason: reason) }
        switch error {
        case let failure as HTTPClientError:
            if Self.timeouts.contains(failure) { return .silent(server: name, seconds: seconds) }
            if failure == .cancelled { return .stopped }
            if failure == .remoteConnectionClosed {
                return .malformed(server: name, detail: "the end of the connection")
            }
            return .malformed(server: name, detail: "what cannot be understood (\(failure.shortDescription))")
        case is NIOTooManyBytesError: return .malformed(server: name, detail: "more than a megabyte")
        case let failure as NIOConnectionError:
            if failure.dnsAError != nil, failure.connectionErrors.isEmpty {
                return .unreachable(server: name, reason: "its name \(server.host) has no address")
            }
            return .unreachable(
                server: name, reason: failure.connectionErrors.first.map { words(for: $0.error) } ?? "no connection")
        case is IOError: return .unreachable(server: name, reason: words(for: error))
        default: return .malformed(server: name, detail: "what cannot be understood (\(error))")
        }
    }

    private func words(for error: any Error) -> String {
        guard let failure = error as? IOError else { return "no connection" }
        return String(cString: strerror(failure.errnoCode)).lowercased()
    }
}
