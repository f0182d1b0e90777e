/// Where the agent and `probe now` on one store meet: the socket beside it, and the right to run tests on it, which one process has at
/// a time.
package struct AgentPlace: Sendable {
    /// Names the store in messages; the socket stands beside it.
    package let storePath: String

    private let claiming: @Sendable () throws -> Claim?

    /// The right to run tests on the store, held until this value goes or its process dies.
    package final class Claim: Sendable {
        private let lock: any Sendable

        /// - Parameter lock: whose life is that of the right.
        package init(_ lock: any Sendable) {
            self.lock = lock
        }
    }

    /// - Parameter claiming: takes the right; nil where another process has it.
    package init(storePath: String, claiming: @escaping @Sendable () throws -> Claim?) {
        self.storePath = storePath
        self.claiming = claiming
    }

    /// - Returns: nil where another process has the right.
    /// - Throws: why it cannot be taken, as the store's ``RunStoreError``.
    func claim() throws -> Claim? { try claiming() }
}
