import NIOCore
import Synchronization

/// The connections of a server: how many there are, and how many share a token.
final class RMBTConnectionRegister: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var connectionsByToken: [String: Int] = [:]
        var isClosed = false
    }

    private let limit: Int
    private let perToken: Int
    private let state = Mutex(State())

    init(limit: Int, perToken: Int) {
        self.limit = limit
        self.perToken = perToken
    }

    /// - Returns: whether there was a place.
    func opened(_ channel: any Channel) -> Bool {
        state.withLock { state in
            guard !state.isClosed, state.channels.count < limit else { return false }
            state.channels[ObjectIdentifier(channel)] = channel
            return true
        }
    }

    func closed(_ channel: any Channel, token: String?) {
        state.withLock { state in
            state.channels[ObjectIdentifier(channel)] = nil
            guard let token, let count = state.connectionsByToken[token] else { return }
            state.connectionsByToken[token] = count > 1 ? count - 1 : nil
        }
    }

    /// - Returns: whether the token may serve one more connection.
    func use(token: String) -> Bool {
        state.withLock { state in
            let count = state.connectionsByToken[token] ?? 0
            guard count < perToken else { return false }
            state.connectionsByToken[token] = count + 1
            return true
        }
    }

    func closeAll() {
        let channels = state.withLock { state in
            state.isClosed = true
            return Array(state.channels.values)
        }
        for channel in channels { channel.close(promise: nil) }
    }
}
