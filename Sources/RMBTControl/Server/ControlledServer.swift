import Synchronization

/// An RMBT server that a Control Server sends its clients to.
public struct ControlledServer: Sendable {
    /// How a server is spoken to before its greeting (docs/protocols/rmbt.md, Three ways in).
    public enum Kind: Sendable, Equatable {
        /// The server speaks first.
        case classic
        /// After an HTTP upgrade, which a server offers for RMBThttp and for RMBTws alike.
        case http
    }

    /// What a look at a server found, or what its operator said of it.
    public struct Manner: Sendable, Equatable {
        public let kind: Kind
        public let hasTLS: Bool

        public init(kind: Kind, hasTLS: Bool) {
            self.kind = kind
            self.hasTLS = hasTLS
        }
    }

    /// Unique among the servers of one Control Server.
    public let name: String
    /// Host name or IP literal without brackets, as the clients reach it.
    public let host: String
    /// 1 … 65535.
    public let port: Int
    /// nil is found out by looking.
    public let kind: Kind?
    /// nil is found out by looking.
    public let hasTLS: Bool?
    /// Tests that may run at once; at least 1.
    public let maxTests: Int
    /// Shared by the copies of this value, so that keys can be replaced while a Control Server runs.
    private let keys: Keys

    private final class Keys: Sendable {
        let current: Mutex<[String]>

        init(_ keys: [String]) {
            current = Mutex(keys)
        }
    }

    /// - Parameter tokenKeys: keys shared with the server, at least one; the first signs, all are taken.
    public init(
        name: String, host: String, port: Int, kind: Kind? = nil, hasTLS: Bool? = nil, maxTests: Int = 10,
        tokenKeys: [String]
    ) {
        self.name = name
        self.host = host
        self.port = port
        self.kind = kind
        self.hasTLS = hasTLS
        self.maxTests = maxTests
        keys = Keys(tokenKeys)
    }

    /// Keys shared with the server: the first signs, all are taken. At least one; secrets.
    var tokenKeys: [String] { keys.current.withLock { $0 } }

    /// Signs the next token with the first of other keys; what the old ones signed is taken no more, unless they are among these.
    public func replaceTokenKeys(with keys: [String]) {
        self.keys.current.withLock { $0 = keys }
    }

    /// `192.0.2.1:443`, `[2001:db8::1]:443`.
    public var addressText: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

extension ControlledServer: CustomStringConvertible, CustomReflectable {
    public var description: String { "\(name) (\(addressText))" }

    /// Keeps the keys out of whatever prints a value by its members.
    public var customMirror: Mirror { Mirror(self, children: ["name": name, "address": addressText]) }
}
