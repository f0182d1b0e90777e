import NIOCore
import NIOPosix
import Testing

@testable import RMBTControl

/// A Control Server whose HTTP has numbers that cannot be: the client fails in a sentence, and the process goes on.
@Suite(.timeLimit(.minutes(1))) struct OddHTTPServerTests {
    private final class Answer: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let text: String

        init(_ text: String) {
            self.text = text
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let channel = context.channel
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text))).whenComplete { _ in
                channel.close(promise: nil)
            }
        }
    }

    static let odd = [
        "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775808\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}", "HTTP/1.1 200 OK\r\nContent-Length: 1e9\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n{}",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7FFFFFFFFFFFFFFF\r\n{}",
        "HTTP/1.1 99999 OK\r\n\r\n", "HTTP/1.1 000 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/9.9 200 OK\r\n\r\n",
        "HTTP/1.1 099 OK\r\nContent-Length: 2\r\n\r\n{}", "HTTP/1.1 100 OK\r\n\r\n",
        "HTTP/1.1 199 OK\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 204 OK\r\nContent-Length: 5\r\n\r\n{}",
        "HTTP/1.1 304 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:99999/\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 503 Busy\r\nRetry-After: 1e300\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n{\"error\":[1e999]}",
        "HTTP/1.1 200 OK\r\n\r\n{\"test_wait\":1e308,\"test_server_port\":-1e308,\"error\":[]}",
    ]

    @Test(arguments: odd) func `numbers of HTTP that cannot be end in a sentence`(text: String) async throws {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Answer(text))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(server.localAddress?.port)
        var configuration = ControlClient.Configuration(
            server: try #require(ControlURL("http://127.0.0.1:\(port)")), softwareVersion: "1", identity: nil)
        configuration.requestTimeout = 3
        let asking = configuration
        await #expect(throws: ControlError.self) {
            try await ControlClient.talking(asking) { client throws(ControlError) in
                try await client.requestTest(connections: 3)
            }
        }
        try await server.close()
    }
}
