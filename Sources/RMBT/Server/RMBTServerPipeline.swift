import Logging
import NIOCore
import NIOSSL

/// Puts together what serves one connection.
struct RMBTServerPipeline: Sendable {
    let listener: RMBTServer.Listener
    let configuration: RMBTServer.Configuration
    let register: RMBTConnectionRegister
    let logger: Logger

    /// From the socket upwards: the door, TLS, the HTTP request, the measurement. WebSocket frames come in when they are asked for.
    func add(to channel: any Channel) throws {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(
            RMBTArrivalHandler(register: register, timeout: configuration.handshakeTimeout, logger: logger))
        if let tls = listener.tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls.current)) }
        if listener.transport == .http { try pipeline.addHandler(RMBTServerUpgradeHandler()) }
        try pipeline.addHandler(RMBTServerHandler(configuration: configuration, register: register, logger: logger))
    }
}
