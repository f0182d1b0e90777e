import CSocket
import Glibc
import Sockets

/// The loops of a thread that many share: which of them is due, and what each waits for.
///
/// No loop can hold up the others: a turn does not wait, and a loop has few of them before the next has its own.
struct SharedLoops {
    /// Names a loop as long as it is here.
    struct Key: Sendable, Equatable {
        fileprivate let slot: Int
        fileprivate let generation: Int
    }

    private struct Slot {
        let loop: any CarriedLoop
        let generation: Int
        let observer: Int
        /// Events of its descriptor that it waits for.
        var wanted: UInt32 = 0
        /// Whether it is to have its turns in the next pass.
        var isReady = false
        var spanStart: Int64
        var spanMoved: Int64 = 0
    }

    /// A descriptor that loops have, often one that sends and one that receives.
    private struct Watch {
        var slots: [Int] = []
        /// What it is watched for; nil while it is not in the set.
        var armed: UInt32?
    }

    private let set: CInt
    private let stopping: @Sendable (Key) -> Void
    private var slots: [Slot?] = []
    private var free: [Int] = []
    private var generation = 0
    private var due = DueTimes()
    private var ready: [Int] = []
    private var watches: [CInt: Watch] = [:]
    private var left = 0

    /// A loop's turns in a pass.
    private static let turnsInPass = 4
    /// Waits end at whole multiples of this, in nanoseconds: one waking serves all loops that are due in it.
    private static let tick: Int64 = 1_000_000
    private static let longestWait: Int64 = 60_000_000_000
    /// A loop that carries more than ``muchBitsPerSecond`` for so long has a thread of its own from then on.
    private static let span: Int64 = 250_000_000
    private static let muchBitsPerSecond = 2 * DataThread.slowBitsPerSecond

    /// - Parameters:
    ///   - set: the descriptors that the thread waits for (epoll).
    ///   - stopping: called on any thread when a loop's signal is raised.
    init(set: CInt, stopping: @escaping @Sendable (Key) -> Void) {
        self.set = set
        self.stopping = stopping
    }

    var isEmpty: Bool { slots.count == free.count }

    mutating func add(_ loop: any CarriedLoop) {
        generation += 1
        let slot = free.popLast() ?? slots.count
        let key = Key(slot: slot, generation: generation)
        // Where the signal was raised before, the first turn sees it.
        let observer = loop.stop.observe { [stopping] in stopping(key) }
        let entry = Slot(loop: loop, generation: generation, observer: observer, spanStart: MonotonicClock.now())
        if slot < slots.count { slots[slot] = entry } else { slots.append(entry) }
        watches[loop.descriptor, default: Watch()].slots.append(slot)
        markReady(slot)
    }

    mutating func stopped(_ key: Key) {
        guard slots.indices.contains(key.slot), slots[key.slot]?.generation == key.generation else { return }
        markReady(key.slot)
    }

    mutating func becameReady(_ readiness: csocket_readiness) {
        guard let watch = watches[readiness.descriptor] else { return }
        for slot in watch.slots where readiness.failed != 0 || (slots[slot]?.wanted ?? 0) & readiness.events != 0 {
            markReady(slot)
        }
        // A failure is told again and again, also to those who wait for the time alone: from here on only to who asks anew.
        guard readiness.failed != 0 else { return }
        csocket_unwatch(set, readiness.descriptor)
        watches[readiness.descriptor]?.armed = nil
    }

    /// How long nothing has to be done unless a descriptor becomes ready, in nanoseconds.
    func timeout(at now: Int64) -> Int64 {
        guard ready.isEmpty, !isEmpty else { return 0 }
        guard let earliest = due.earliest, earliest < now + Self.longestWait else { return Self.longestWait }
        return Swift.max((earliest + Self.tick - 1) / Self.tick * Self.tick - now, 0)
    }

    /// Gives all loops that are ready their turns.
    ///
    /// - Returns: how many left: ended, or went to threads of their own.
    mutating func drive(_ memory: DataLoopMemory) -> Int {
        let now = MonotonicClock.now()
        while let slot = due.takeDue(at: now) { markReady(slot) }
        let pass = ready
        ready = []
        left = 0
        for slot in pass { drive(slot, memory, at: now) }
        return left
    }

    private mutating func drive(_ slot: Int, _ memory: DataLoopMemory, at now: Int64) {
        guard let loop = slots[slot]?.loop else { return }
        slots[slot]?.isReady = false
        for _ in 0..<Self.turnsInPass {
            switch loop.turn(memory) {
            case .again: continue
            case .wait(let events, let instant):
                due.set(slot, at: instant)
                slots[slot]?.wanted = UInt32(bitPattern: events)
                guard watch(loop.descriptor) else { return leave(slot) }
                return followRate(slot, at: now)
            case .ended:
                remove(slot)
                return loop.finish()
            }
        }
        markReady(slot)
        followRate(slot, at: now)
    }

    private mutating func markReady(_ slot: Int) {
        guard slots.indices.contains(slot), slots[slot]?.isReady == false else { return }
        slots[slot]?.isReady = true
        ready.append(slot)
    }

    /// Watches a descriptor for what its loops want; false where that cannot be.
    private mutating func watch(_ descriptor: CInt) -> Bool {
        guard var watch = watches[descriptor] else { return true }
        let wanted = watch.slots.reduce(UInt32(0)) { $0 | (slots[$1]?.wanted ?? 0) }
        guard wanted != watch.armed ?? 0 else { return true }
        if wanted == 0 {
            csocket_unwatch(set, descriptor)
            watch.armed = nil
        } else {
            guard csocket_watch(set, descriptor, wanted, watch.armed == nil ? 1 : 0) == 0 else { return false }
            watch.armed = wanted
        }
        watches[descriptor] = watch
        return true
    }

    private mutating func followRate(_ slot: Int, at now: Int64) {
        guard let entry = slots[slot], now - entry.spanStart >= Self.span else { return }
        let moved = entry.loop.moved
        let rate = Double(moved - entry.spanMoved) * 8e9 / Double(now - entry.spanStart)
        slots[slot]?.spanStart = now
        slots[slot]?.spanMoved = moved
        if rate > Self.muchBitsPerSecond { leave(slot) }
    }

    /// Gives a loop a thread of its own.
    private mutating func leave(_ slot: Int) {
        guard let loop = slots[slot]?.loop else { return }
        remove(slot)
        loop.share(false)
        DataThread.drive(loop)
    }

    private mutating func remove(_ slot: Int) {
        guard let entry = slots[slot] else { return }
        left += 1
        entry.loop.stop.forget(entry.observer)
        due.remove(slot)
        ready.removeAll { $0 == slot }
        slots[slot] = nil
        free.append(slot)
        let descriptor = entry.loop.descriptor
        watches[descriptor]?.slots.removeAll { $0 == slot }
        if watches[descriptor]?.slots.isEmpty == true {
            // Before its owner closes it: the number may be another socket's at once.
            if watches[descriptor]?.armed != nil { csocket_unwatch(set, descriptor) }
            watches[descriptor] = nil
        } else {
            _ = watch(descriptor)
        }
    }
}
