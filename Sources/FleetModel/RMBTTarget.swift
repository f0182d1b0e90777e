/// An RMBT server, addressed directly with tokens of our own or through a Control Server.
public struct RMBTTarget: Sendable, Equatable {
    /// What happens before the server's greeting (docs/protocols/rmbt.md, Three ways in).
    public enum Transport: String, Sendable, CaseIterable {
        case classic, http, websocket
    }

    /// A server whose token key we hold, or that asks for none.
    public struct Direct: Sendable, Equatable {
        /// Host name or IP literal, without brackets.
        public let address: String
        /// TCP port, 1 … 65535; 443 by default.
        public let port: Int
        public let tls: Bool
        /// PEM file with the authorities to trust instead of the system's; an absolute path.
        public let authorityFile: String?
        /// Take any certificate. The result says so with the flag `tls-unverified`.
        public let acceptsAnyCertificate: Bool
        public let transport: Transport
        /// File with the shared token key, readable by its owner alone; an absolute path.
        public let tokenKeyFile: String?
        /// nil takes whichever version the name has.
        public let ipVersion: IPVersion?

        public init(
            address: String, port: Int = 443, tls: Bool = true, authorityFile: String? = nil,
            acceptsAnyCertificate: Bool = false, transport: Transport = .classic, tokenKeyFile: String? = nil,
            ipVersion: IPVersion? = nil
        ) {
            self.address = address
            self.port = port
            self.tls = tls
            self.authorityFile = authorityFile
            self.acceptsAnyCertificate = acceptsAnyCertificate
            self.transport = transport
            self.tokenKeyFile = tokenKeyFile
            self.ipVersion = ipVersion
        }
    }

    /// A Control Server, which names the RMBT server and makes the token.
    public struct Control: Sendable, Equatable {
        /// Base address, `https://…` or `http://…`.
        public let url: String
        /// PEM file with the authorities to trust for both servers instead of the system's; an absolute path.
        public let authorityFile: String?
        /// Take any certificate of both. The result says so with the flag `tls-unverified`.
        public let acceptsAnyCertificate: Bool
        /// nil takes whichever version the names have.
        public let ipVersion: IPVersion?

        public init(
            url: String, authorityFile: String? = nil, acceptsAnyCertificate: Bool = false,
            ipVersion: IPVersion? = nil
        ) {
            self.url = url
            self.authorityFile = authorityFile
            self.acceptsAnyCertificate = acceptsAnyCertificate
            self.ipVersion = ipVersion
        }
    }

    public enum Access: Sendable, Equatable {
        case direct(Direct)
        case control(Control)
    }

    public let access: Access

    public init(access: Access) {
        self.access = access
    }
}
