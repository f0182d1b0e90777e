import Accounts
import Foundation
import RMBT
import Synchronization

/// Makes the refusals of an RMBT server fit for a database: a test comes with several connections at once, all of which are turned
/// away for the same reason, and that is one refusal.
final class RMBTRefusals: Sendable {
    /// Seconds within which the same is not told again.
    private static let sameTest = 1.0

    private let last = Mutex<Refusal?>(nil)

    init() {}

    /// - Returns: what is to be kept of an event; nil for nothing.
    func refusal(_ event: RMBTServerEvent, at date: Date) -> Refusal? {
        guard let refusal = Self.refusal(event, date) else { return nil }
        return last.withLock { last in
            if let last, (last.peer, last.user, last.reason) == (refusal.peer, refusal.user, refusal.reason),
                (0..<Self.sameTest).contains(date.timeIntervalSince(last.date))
            {
                return nil
            }
            last = refusal
            return refusal
        }
    }

    private static func refusal(_ event: RMBTServerEvent, _ date: Date) -> Refusal? {
        switch event {
        case .connectionDropped(let source, let reason, _):
            Refusal(date: date, peer: source, user: nil, reason: reason)
        case .refused(let peer, let keyLabel, let refusal):
            Refusal(date: date, peer: peer, user: named(keyLabel), reason: "\(refusal)")
        case .ended(let peer, let keyLabel, .quota(let sentence)):
            Refusal(date: date, peer: peer, user: named(keyLabel), reason: "test ended: \(sentence)")
        case .ended: nil
        }
    }

    /// A key file need not give its keys labels.
    private static func named(_ keyLabel: String?) -> String? {
        keyLabel.flatMap { $0.isEmpty ? nil : $0 }
    }
}
