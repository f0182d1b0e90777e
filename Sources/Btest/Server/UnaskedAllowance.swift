import Synchronization
import Transfer

/// For what a client sends though it asked for a download alone: some bytes are counted and forgiven, a stream of them would be an
/// upload that no quota bounds.
final class UnaskedAllowance: ByteAllowance {
    private static let forgiven = 1 << 20

    private let left = Atomic<Int>(UnaskedAllowance.forgiven)
    private let counted: any ByteAllowance

    /// - Parameter counted: where the bytes are noted.
    init(counting counted: any ByteAllowance) {
        self.counted = counted
    }

    var remaining: Int { left.load(ordering: .relaxed) }

    func spend(_ bytes: Int) {
        left.subtract(bytes, ordering: .relaxed)
        counted.spend(bytes)
    }
}
