import CSocket
import Glibc
import Sockets
import Synchronization

/// A thread that drives many slow loops, each when it is due or its socket is ready: hundreds of slow streams need no threads of their own
/// (docs/decisions/btest-threads.md).
///
/// It runs as long as it has loops.
final class SharedDataThread: Sendable {
    /// What others leave for the thread.
    private struct Inbox {
        var arrivals: [any CarriedLoop] = []
        /// Loops whose signal was raised.
        var stopped: [SharedLoops.Key] = []
        var isRunning = false
    }

    private static let most = 2
    private static let threads = Mutex<[SharedDataThread]>([])

    private let inbox = Mutex(Inbox())
    /// The sockets that loops wait for (epoll).
    private let set: CInt
    /// Readable when something is in the inbox.
    private let event: CInt
    private let loops = Atomic<Int>(0)

    /// nil where the process has no descriptor left.
    private init?() {
        let (set, event) = (csocket_watch_set(), csocket_event())
        guard set >= 0, event >= 0, csocket_watch(set, event, UInt32(POLLIN), 1) == 0 else {
            if set >= 0 { close(set) }
            if event >= 0 { close(event) }
            return nil
        }
        (self.set, self.event) = (set, event)
    }

    deinit {
        close(set)
        close(event)
    }

    /// Has a loop driven by the shared thread that has the fewest; by one of its own where there is none.
    static func drive(_ loop: any CarriedLoop) {
        let thread = threads.withLock { threads in
            if threads.count < most, let another = SharedDataThread() { threads.append(another) }
            return threads.min { $0.loops.load(ordering: .relaxed) < $1.loops.load(ordering: .relaxed) }
        }
        guard let thread else { return DataThread.drive(loop) }
        thread.add(loop)
    }

    private func add(_ loop: any CarriedLoop) {
        loops.add(1, ordering: .relaxed)
        loop.share(true)
        let wasRunning = inbox.withLock { inbox in
            defer { inbox.isRunning = true }
            inbox.arrivals.append(loop)
            return inbox.isRunning
        }
        if wasRunning { wake() } else { DataThread.start("shared-data") { self.run() } }
    }

    private func stopped(_ key: SharedLoops.Key) {
        inbox.withLock { $0.stopped.append(key) }
        wake()
    }

    private func wake() {
        var one: UInt64 = 1
        _ = write(event, &one, MemoryLayout<UInt64>.size)
    }

    private func run() {
        let memory = DataLoopMemory()
        var ready = [csocket_readiness](repeating: csocket_readiness(), count: 64)
        var shared = SharedLoops(set: set) { [weak self] in self?.stopped($0) }
        while takeIn(&shared) {
            let left = shared.drive(memory)
            loops.subtract(left, ordering: .relaxed)
            let count = csocket_watch_wait(set, &ready, shared.timeout(at: MonotonicClock.now()))
            for readiness in ready.prefix(Int(Swift.max(count, 0))) {
                if readiness.descriptor == event { drain() } else { shared.becameReady(readiness) }
            }
        }
    }

    private func drain() {
        var value: UInt64 = 0
        _ = read(event, &value, MemoryLayout<UInt64>.size)
    }

    /// Takes what is in the inbox; false where there is nothing to do any more, and the thread's end is agreed on.
    private func takeIn(_ shared: inout SharedLoops) -> Bool {
        let (arrivals, stopped, goesOn) = inbox.withLock { inbox in
            defer { (inbox.arrivals, inbox.stopped) = ([], []) }
            inbox.isRunning = !(shared.isEmpty && inbox.arrivals.isEmpty)
            return (inbox.arrivals, inbox.stopped, inbox.isRunning)
        }
        for loop in arrivals { shared.add(loop) }
        for key in stopped { shared.stopped(key) }
        return goesOn
    }
}
