import NIOPosix
import Testing

/// Runs a suite that only computes on a thread of its own: the pool of tasks has as many threads as cores, and tests
/// with sockets wait for it while their clocks run.
struct BackgroundWork: SuiteTrait, TestTrait, TestScoping {
    private final class Executor: TaskExecutor {
        private let thread = MultiThreadedEventLoopGroup(numberOfThreads: 1).next()

        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            thread.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        }
    }

    private static let executor = Executor()

    var isRecursive: Bool { true }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await withTaskExecutorPreference(Self.executor) { try await function() }
    }
}

extension Trait where Self == BackgroundWork {
    static var inBackground: Self { Self() }
}
