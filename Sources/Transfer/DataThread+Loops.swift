import Sockets

extension DataThread {
    /// A stream of at most so many bit/s is slow: it shares its thread with others.
    public static var slowBitsPerSecond: Double { 50e6 }

    /// Drives a loop to its end and waits for its value without blocking a task.
    ///
    /// - Parameters:
    ///   - name: of the thread, where the loop has one of its own.
    ///   - bitsPerSecond: what the loop is expected to carry at most; up to ``slowBitsPerSecond`` it shares a thread, until it turns out to carry
    ///     twice that. nil is not known.
    ///   - stop: the signal that the loop looks at.
    ///   - make: makes the loop.
    public static func run<Loop: DataLoop>(
        _ name: String, carrying bitsPerSecond: Double?, stop: StopSignal, _ make: @Sendable () -> sending Loop
    ) async -> Loop.Value {
        await withCheckedContinuation { continuation in
            let loop = CarriedDataLoop(name, make(), stop: stop, continuation: continuation)
            if let bitsPerSecond, bitsPerSecond <= slowBitsPerSecond {
                SharedDataThread.drive(loop)
            } else {
                drive(loop)
            }
        }
    }

    /// Drives a loop on a thread of its own.
    static func drive(_ loop: any CarriedLoop) {
        start(loop.name) { loop.run() }
    }
}
