/// A loop whose end says something else than that of the loop in it.
public struct MappedDataLoop<Base: DataLoop, Value: Sendable>: DataLoop {
    var base: Base
    let change: (Base.Value) -> Value

    public var descriptor: CInt { base.descriptor }
    public var moved: Int64 { base.moved }
    public var isShared: Bool {
        get { base.isShared }
        set { base.isShared = newValue }
    }

    public mutating func turn(_ memory: DataLoopMemory) -> DataTurn<Value> {
        switch base.turn(memory) {
        case .again: .again
        case .wait(let events, let instant): .wait(events: events, until: instant)
        case .ended(let value): .ended(change(value))
        }
    }
}
