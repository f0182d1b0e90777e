/// Runs work with somebody beside it who watches.
enum Watching {
    /// - Parameter watch: is cancelled when the work is done, and ends before this returns.
    static func run<Value: Sendable>(
        _ work: @escaping @Sendable () async -> Value, beside watch: @escaping @Sendable () async -> Void
    ) async -> Value {
        await withTaskGroup(of: Value?.self) { group in
            group.addTask { await work() }
            group.addTask {
                await watch()
                return nil
            }
            var value: Value?
            while value == nil, let next = await group.next() { value = next }
            group.cancelAll()
            await group.waitForAll()
            guard let value else { return await work() }
            return value
        }
    }
}
