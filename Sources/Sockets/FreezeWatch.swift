import Glibc
import Synchronization

/// Notices that this process or the whole machine stood still while something was measured: stopped by a signal, frozen by its container,
/// suspended. Sockets go on filling and clocks go on running meanwhile, so that a figure over such a gap is wrong by any factor.
///
/// A thread wakes ten times a second and looks how late it is. A machine that is only busy wakes it late as well; but then the thread was
/// runnable and waited for a processor, and the kernel counts that time (schedstat). What is late for another reason stood still.
public final class FreezeWatch: Sendable {
    /// One thread watches for all tests of the process.
    public static let shared = FreezeWatch()

    /// Nanoseconds from which on a gap is a freeze.
    public static let limit: Int64 = 1_000_000_000
    private static let interval: Int64 = 100_000_000

    /// A test that is watched.
    public struct Watch: Sendable {
        fileprivate let owner: FreezeWatch
        fileprivate let number: Int

        /// Ends the watch.
        ///
        /// - Returns: how long the longest freeze was since the watch began; nil where nothing stood still.
        public func end() async -> Duration? {
            await owner.settle()
            return owner.end(number)
        }
    }

    /// What the watching thread reads at a time; all in nanoseconds.
    struct Reading: Equatable {
        /// `CLOCK_BOOTTIME`, which goes on while the machine is suspended.
        var boot: Int64
        /// `CLOCK_MONOTONIC`, which does not.
        var monotonic: Int64
        /// Time for which the thread was runnable and had no processor; nil where the kernel does not tell.
        var waited: Int64?
        /// Processor time of the process.
        var processorTime: Int64
    }

    private struct State {
        var lastNumber = 0
        /// The longest freeze so far of each watch.
        var watches: [Int: Int64] = [:]
        var isRunning = false
        /// When the thread last looked, on ``MonotonicClock``.
        var lookedAt: Int64 = 0
    }

    private let state = Mutex(State())

    init() {}

    /// Begins a watch; it costs a thread that wakes ten times a second while there is any.
    public func begin() -> Watch {
        let (number, starts) = state.withLock { state in
            state.lastNumber += 1
            state.watches[state.lastNumber] = 0
            if state.watches.count == 1 { state.lookedAt = MonotonicClock.now() }
            defer { state.isRunning = true }
            return (state.lastNumber, !state.isRunning)
        }
        if starts { Task { await DataThread.run("freeze-watch") { self.look() } } }
        return Watch(owner: self, number: number)
    }

    /// How long a thread that wanted to sleep for ``interval`` stood still between two readings; 0 where it was merely late.
    static func frozen(from: Reading, to: Reading) -> Int64 {
        let gap = max(to.boot - from.boot - interval, 0)
        let suspended = max((to.boot - from.boot) - (to.monotonic - from.monotonic), 0)
        let still: Int64
        if let before = from.waited, let after = to.waited {
            still = gap - max(after - before, 0)
        } else {
            // Without the kernel's word: a process that runs meanwhile is not stopped.
            let worked = to.processorTime - from.processorTime
            still = worked * 20 > gap ? suspended : gap
        }
        let longest = max(still, suspended)
        return longest > limit ? longest : 0
    }

    /// The thread: until no watch is left.
    private func look() {
        // Of the thread that opens it: it is read again and again.
        let statistics = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC)
        defer { if statistics >= 0 { close(statistics) } }
        var last = Self.reading(statistics)
        while true {
            usleep(UInt32(Self.interval / 1000))
            let now = Self.reading(statistics)
            let frozen = Self.frozen(from: last, to: now)
            last = now
            let isOver = state.withLock { state in
                state.lookedAt = now.monotonic
                if frozen > 0 {
                    for number in state.watches.keys { state.watches[number] = max(state.watches[number] ?? 0, frozen) }
                }
                if state.watches.isEmpty { state.isRunning = false }
                return state.watches.isEmpty
            }
            if isOver { return }
        }
    }

    /// A test can end before the thread has woken from the same freeze: it is waited for where it is late.
    private func settle() async {
        let began = MonotonicClock.now()
        while state.withLock({ $0.lookedAt }) < began - 3 * Self.interval, MonotonicClock.now() - began < 3 * Self.limit
        {
            // Also for a task that is cancelled: its result is kept, and must be right.
            await withCheckedContinuation { continuation in
                Task.detached {
                    try? await Task.sleep(for: .milliseconds(20))
                    continuation.resume()
                }
            }
        }
    }

    private func end(_ number: Int) -> Duration? {
        let frozen = state.withLock { $0.watches.removeValue(forKey: number) } ?? 0
        return frozen > 0 ? .nanoseconds(frozen) : nil
    }

    private static func reading(_ statistics: CInt) -> Reading {
        Reading(
            boot: clock(CLOCK_BOOTTIME), monotonic: clock(CLOCK_MONOTONIC), waited: waited(statistics),
            processorTime: clock(CLOCK_PROCESS_CPUTIME_ID))
    }

    private static func clock(_ id: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(id, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }

    /// The second number of schedstat.
    private static func waited(_ statistics: CInt) -> Int64? {
        guard statistics >= 0 else { return nil }
        var text = [UInt8](repeating: 0, count: 128)
        let count = pread(statistics, &text, text.count, 0)
        guard count > 0 else { return nil }
        let numbers = text.prefix(count).split(separator: UInt8(ascii: " "))
        return numbers.count >= 2 ? Int64(String(decoding: numbers[1], as: UTF8.self)) : nil
    }
}
