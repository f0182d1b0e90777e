import GRDB

extension DatabasePool {
    /// Runs `body` in one transaction that takes the write lock at once, and returns after its commit. What was begun is finished also
    /// when the task is cancelled.
    public func finishWriting<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async -> Result<Value, any Error> {
        await withCheckedContinuation { continuation in
            asyncWrite(body) { _, result in continuation.resume(returning: result) }
        }
    }

    /// Runs `body` over one unchanging state of the file.
    public func finishReading<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async -> Result<Value, any Error> {
        await withCheckedContinuation { continuation in
            asyncRead { database in continuation.resume(returning: Result { try body(database.get()) }) }
        }
    }
}
