import ServerLimits

/// An address on which a server is to listen.
package struct ListenEndpoint: Sendable, Equatable, CustomStringConvertible {
    package let host: String
    /// 0 … 65535; 0 lets the system choose.
    package let port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    package var description: String { ListenAddress.text(host: host, port: port) }
}
