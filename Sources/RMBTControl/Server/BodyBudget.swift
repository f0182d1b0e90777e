import Synchronization

/// The bytes of bodies that are held at once, over all connections and of one address.
final class BodyBudget: Sendable {
    private struct State {
        var held = 0
        var bySource: [String: Int] = [:]
    }

    private let most: Int
    private let mostPerSource: Int
    private let state = Mutex(State())

    init(most: Int, mostPerSource: Int) {
        self.most = most
        self.mostPerSource = mostPerSource
    }

    var held: Int { state.withLock { $0.held } }

    /// - Returns: false where there is no room, and then nothing was taken.
    func take(_ bytes: Int, for source: String) -> Bool {
        state.withLock { state in
            let own = state.bySource[source] ?? 0
            guard bytes <= most - state.held, bytes <= mostPerSource - own else { return false }
            state.held += bytes
            state.bySource[source] = own + bytes
            return true
        }
    }

    func giveBack(_ bytes: Int, of source: String) {
        state.withLock { state in
            state.held -= bytes
            let own = (state.bySource[source] ?? 0) - bytes
            state.bySource[source] = own > 0 ? own : nil
        }
    }
}
