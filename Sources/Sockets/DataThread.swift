import Dispatch
import Foundation
import Glibc

/// Threads for what blocks on sockets, files or names: Swift's own pool has as many threads as cores and must never wait.
public enum DataThread {
    /// Enough for loops, whose buffers are on the heap; the default of 8 MiB would only frighten `top`.
    private static let stackSize = 512 * 1024

    private final class Work: Sendable {
        let name: String
        let body: @Sendable () -> Void

        init(_ name: String, _ body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    /// Runs `body` on a thread of its own and waits for its value without blocking a task.
    public static func run<Value: Sendable>(
        _ name: String, _ body: @escaping @Sendable () -> Value
    ) async -> Value {
        await withCheckedContinuation { continuation in
            start(Work(name) { continuation.resume(returning: body()) })
        }
    }

    /// Runs `body` on a thread of its own; nobody waits for it.
    public static func start(_ name: String, _ body: @escaping @Sendable () -> Void) {
        start(Work(name, body))
    }

    /// Foundation's Thread does not tell when the system refuses one, and whoever waits for it would wait for ever: a refused
    /// thread is asked for again until there is one.
    private static func start(_ work: Work) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(&attributes, stackSize)
        let handed = Unmanaged.passRetained(work)
        var thread = pthread_t()
        let status = pthread_create(
            &thread, &attributes,
            { pointer in
                guard let pointer else { return nil }
                let work = Unmanaged<Work>.fromOpaque(pointer).takeRetainedValue()
                Thread.current.name = work.name
                work.body()
                return nil
            }, handed.toOpaque())
        guard status != 0 else { return }
        handed.release()
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(50)) { start(work) }
    }
}
