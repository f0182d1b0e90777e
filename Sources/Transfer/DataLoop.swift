import Sockets

/// A loop that moves bytes over a socket, cut into turns none of which waits: a thread can drive it alone, or many of them one after the
/// other.
public protocol DataLoop<Value> {
    associatedtype Value: Sendable

    /// What its waits are for; open as long as the loop is.
    var descriptor: CInt { get }
    /// Bytes moved so far.
    var moved: Int64 { get }
    /// Whether other loops have the same thread: then it asks for fewer and longer turns.
    var isShared: Bool { get set }

    /// Does what can be done without waiting: at most one call that reads or writes.
    ///
    /// - Parameter memory: ``DataLoopMemory/size`` bytes, whose content is nobody's before and after the turn.
    mutating func turn(_ memory: DataLoopMemory) -> DataTurn<Value>
}

/// What a loop wants after a turn.
public enum DataTurn<Value: Sendable>: Sendable {
    /// There may be more to do at once.
    case again
    /// Nothing to do until its descriptor is ready for `events` (of `poll`; 0 for none) or the instant of ``MonotonicClock`` has come.
    case wait(events: CInt, until: Int64)
    case ended(Value)
}

extension DataLoop {
    /// Drives the loop to its end. Blocks its thread.
    ///
    /// - Parameter stop: the signal that the loop itself looks at; it ends the waits.
    public mutating func run(stop: StopSignal) -> Value {
        let memory = DataLoopMemory()
        while true {
            switch turn(memory) {
            case .again: continue
            case .wait(let events, let instant):
                _ = SocketWait.wait(for: events == 0 ? nil : descriptor, events, stop: stop, until: instant)
            case .ended(let value): return value
            }
        }
    }

    /// The same loop with another value at its end.
    public func map<Other: Sendable>(_ change: @escaping (Value) -> Other) -> MappedDataLoop<Self, Other> {
        MappedDataLoop(base: self, change: change)
    }
}
