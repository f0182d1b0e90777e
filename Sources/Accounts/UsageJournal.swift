import ServerLimits
import Synchronization

/// Carries what a running server counts and whom it refuses into the store, a step at a time.
///
/// Noting a refusal never waits; somebody calls ``save()`` at least each second, and once when the server has stopped.
public final class UsageJournal: Sendable {
    /// Refusals that wait for the next save; strangers can cause more than anybody wants to read.
    static let mostWaiting = 1000

    private struct State {
        var waiting: [Refusal] = []
        var untold = 0
    }

    private let store: AccountStore
    private let ledger: QuotaLedger
    private let state = Mutex(State())

    public init(store: AccountStore, ledger: QuotaLedger) {
        self.store = store
        self.ledger = ledger
    }

    /// What the next save will carry.
    var waiting: [Refusal] { state.withLock { $0.waiting } }

    /// Remembers a refusal until the next save.
    public func note(_ refusal: Refusal) {
        state.withLock { state in
            if state.waiting.count < Self.mostWaiting { state.waiting.append(refusal) } else { state.untold += 1 }
        }
    }

    /// Saves what came since the last time; returns after the commit. One caller at a time.
    ///
    /// - Returns: how many refusals there were too many of to be kept.
    /// - Throws: ``AccountStoreError``; what could not be saved is saved the next time.
    @discardableResult
    public func save() async throws(AccountStoreError) -> Int {
        let usage = ledger.takeUnsaved()
        let (refusals, untold) = state.withLock { state in
            defer { state = State() }
            return (state.waiting, state.untold)
        }
        do {
            try await store.record(usage: usage, refusals: refusals)
        } catch {
            ledger.giveBack(usage)
            state.withLock { state in
                state.waiting = Array((refusals + state.waiting).prefix(Self.mostWaiting))
                state.untold += untold
            }
            throw error
        }
        return untold
    }
}
