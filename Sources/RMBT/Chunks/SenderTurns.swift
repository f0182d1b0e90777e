import NIOCore
import Synchronization

/// The senders of one event loop whose writes never have to wait: they write on in turns, with a look at the sockets between.
///
/// An event loop runs every task that is due, and every one that these add, before it looks at its sockets. Two senders that ask
/// for a next turn each on its own would keep it from that for as long as they send; one task for all of them, due a moment after
/// it was asked for, does not. Confined to its event loop.
final class SenderTurns {
    /// How long a sender writes on in its turn, in nanoseconds.
    static let length: Int64 = 2_000_000
    /// Long enough for a busy loop to find that nothing is due, and some 2 % of a turn.
    private static let pause = TimeAmount.microseconds(50)
    /// By event loop; a process has as many as cores. The box keeps its loop, so no other takes its place.
    private static let all = Mutex<[ObjectIdentifier: NIOLoopBound<SenderTurns>]>([:])

    private var waiting: [() -> Void] = []
    private var isScheduled = false

    /// Calls `turn` once, after the event loop of this thread has looked at its sockets.
    static func wait(on eventLoop: any EventLoop, _ turn: @escaping () -> Void) {
        let turns = all.withLock { all in
            let box = all[ObjectIdentifier(eventLoop)] ?? NIOLoopBound(SenderTurns(), eventLoop: eventLoop)
            all[ObjectIdentifier(eventLoop)] = box
            return box
        }.value
        turns.waiting.append(turn)
        if !turns.isScheduled { turns.schedule(on: eventLoop) }
    }

    private func schedule(on eventLoop: any EventLoop) {
        isScheduled = true
        eventLoop.assumeIsolated().scheduleTask(in: Self.pause) { self.run(on: eventLoop) }
    }

    private func run(on eventLoop: any EventLoop) {
        let turns = waiting
        waiting = []
        for turn in turns { turn() }
        // Only now: what had been asked for at the first turn would be due by the end of the last.
        isScheduled = false
        if !waiting.isEmpty { schedule(on: eventLoop) }
    }
}
