import Foundation

/// Threads for loops that block on sockets: Swift's own pool has as many threads as cores and must never wait.
public enum DataThread {
    /// Runs `body` on a thread of its own and waits for its value without blocking a task.
    public static func run<Value: Sendable>(
        _ name: String, _ body: @escaping @Sendable () -> Value
    ) async -> Value {
        await withCheckedContinuation { continuation in
            let thread = Thread { continuation.resume(returning: body()) }
            thread.name = name
            // The loops keep their buffers on the heap; the default of 8 MiB a thread would only frighten `top`.
            thread.stackSize = 512 * 1024
            thread.start()
        }
    }
}
