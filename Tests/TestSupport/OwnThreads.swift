import NIOPosix
import Testing

/// Runs a suite's tasks on threads of its own instead of the pool, which has as many threads as cores and which the
/// tests of all modules share: tests that only compute hold up nobody, and those with sockets are not held up while
/// their clocks run.
package struct OwnThreads: SuiteTrait, TestTrait, TestScoping {
    private final class Executor: TaskExecutor {
        private let threads: MultiThreadedEventLoopGroup

        init(count: Int) {
            threads = MultiThreadedEventLoopGroup(numberOfThreads: count)
        }

        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            threads.next().execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        }
    }

    fileprivate enum Purpose {
        case computation, sockets
    }

    private static let computation = Executor(count: 1)
    private static let sockets = Executor(count: 4)

    fileprivate let purpose: Purpose

    package var isRecursive: Bool { true }

    package func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        let executor = purpose == .sockets ? Self.sockets : Self.computation
        try await withTaskExecutorPreference(executor) { try await function() }
    }
}

extension Trait where Self == OwnThreads {
    package static var onlyComputes: Self { Self(purpose: .computation) }
    package static var usesSockets: Self { Self(purpose: .sockets) }
}
