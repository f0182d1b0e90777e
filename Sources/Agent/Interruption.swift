import Glibc
import UnixSignals

/// Runs work until it ends or the user interrupts it.
package enum Interruption {
    /// Cancels `work` at the first SIGINT or SIGTERM; it then has its say about what it has so far.
    package static func cancelling<Value: Sendable>(_ work: @escaping @Sendable () async -> Value) async -> Value {
        await withTaskGroup(of: Value?.self) { group in
            group.addTask { await work() }
            group.addTask {
                let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
                // From the second on a signal does what it always does.
                defer { for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) } }
                for await _ in signals { break }
                return nil
            }
            var value: Value?
            while value == nil, let next = await group.next() {
                value = next
                group.cancelAll()
            }
            guard let value else { return await work() }
            return value
        }
    }
}
