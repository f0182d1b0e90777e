import Sockets
import Synchronization

/// A loop with those who wait for its end, of whatever kind it is: so it can go from one thread to another.
protocol CarriedLoop: AnyObject, Sendable {
    var name: String { get }
    var descriptor: CInt { get }
    var stop: StopSignal { get }

    /// Drives a turn of it. After the end come only ``finish()``.
    func turn(_ memory: DataLoopMemory) -> CarriedTurn
    /// Bytes moved so far.
    var moved: Int64 { get }
    /// Says whether it shares its thread from now on.
    func share(_ isShared: Bool)
    /// Drives it to its end and finishes it. Blocks its thread.
    func run()
    /// Lets go of an ended loop and its socket, and gives its value to those who wait.
    func finish()
}

/// ``DataTurn`` without the value.
enum CarriedTurn {
    case again
    case wait(events: CInt, until: Int64)
    case ended
}

/// A loop of one kind on its way.
final class CarriedDataLoop<Loop: DataLoop>: CarriedLoop {
    let name: String
    let descriptor: CInt
    let stop: StopSignal
    private let continuation: CheckedContinuation<Loop.Value, Never>
    /// One thread at a time drives it, so nobody ever waits for the lock.
    private let loop: Mutex<Loop?>
    private let value = Mutex<Loop.Value?>(nil)

    init(
        _ name: String, _ loop: sending Loop, stop: StopSignal, continuation: CheckedContinuation<Loop.Value, Never>
    ) {
        self.name = name
        descriptor = loop.descriptor
        self.stop = stop
        self.continuation = continuation
        self.loop = Mutex(loop)
    }

    var moved: Int64 { loop.withLock { $0?.moved ?? 0 } }

    func share(_ isShared: Bool) {
        loop.withLock { $0?.isShared = isShared }
    }

    func turn(_ memory: DataLoopMemory) -> CarriedTurn {
        let turn = loop.withLock { $0?.turn(memory) }
        switch turn {
        case .again: return .again
        case .wait(let events, let instant): return .wait(events: events, until: instant)
        case .ended(let ended):
            value.withLock { $0 = ended }
            return .ended
        case nil: return .ended
        }
    }

    func run() {
        let ended = loop.withLock { $0?.run(stop: stop) }
        value.withLock { $0 = ended }
        finish()
    }

    func finish() {
        loop.withLock { $0 = nil }
        let ended = value.withLock { value in
            defer { value = nil }
            return value
        }
        if let ended { continuation.resume(returning: ended) }
    }
}
