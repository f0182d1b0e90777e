/// Hears of the bytes of a test as they are counted, on the threads that move them: it must be quick.
public protocol SpendObserver: Sendable {
    /// - Parameter direction: `received` or `sent`, as the server sees it.
    func spent(_ bytes: Int, _ direction: QuotaDirection)
}
