import Synchronization

/// The keys that a server takes tokens of; they may be replaced while it runs.
public final class RMBTTokenKeys: Sendable {
    private let keys: Mutex<[RMBTTokenVerifier.Key]>

    /// - Parameter keys: tried in order.
    public init(_ keys: [RMBTTokenVerifier.Key]) {
        self.keys = Mutex(keys)
    }

    /// The keys of a label; secrets.
    public func texts(ofLabel label: String) -> [String] { current.filter { $0.label == label }.map(\.text) }

    /// All keys; secrets.
    public var all: [String] { current.map(\.text) }

    var current: [RMBTTokenVerifier.Key] { keys.withLock { $0 } }

    /// Judges tokens by other keys from the next one on; connections whose token was good go on.
    public func replace(with keys: [RMBTTokenVerifier.Key]) {
        self.keys.withLock { $0 = keys }
    }
}
