import Synchronization

/// An answer that several can give, of which the first counts.
final class OneAnswer: Sendable {
    private let answer: Mutex<(@Sendable (Bool) -> Void)?>

    init(_ answer: @escaping @Sendable (Bool) -> Void) {
        self.answer = Mutex(answer)
    }

    func give(_ value: Bool) {
        let first = answer.withLock { answer in
            defer { answer = nil }
            return answer
        }
        first?(value)
    }
}
