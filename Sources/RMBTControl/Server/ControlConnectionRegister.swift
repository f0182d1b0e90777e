import NIOCore
import Synchronization

/// The connections of a Control Server: how many there are, how many of one address, and by when each must go on.
///
/// A client has so long for its request's head, so long for its body, and so long to take the answer; trickling buys no time.
final class ControlConnectionRegister: Sendable {
    enum Step: Sendable {
        /// Also between two requests.
        case awaitingRequest
        case readingBody
        case answering

        var limit: TimeAmount {
            switch self {
            case .awaitingRequest: .seconds(30)
            case .readingBody, .answering: .seconds(60)
            }
        }
    }

    private struct Entry {
        let channel: any Channel
        let source: String
        var deadline: Scheduled<Void>
    }

    private struct State {
        var entries: [ObjectIdentifier: Entry] = [:]
        var bySource: [String: Int] = [:]
        var isClosed = false
    }

    private let limit: Int
    private let perSource: Int
    private let state = Mutex(State())

    init(limit: Int, perSource: Int) {
        self.limit = limit
        self.perSource = perSource
    }

    /// A connection came.
    ///
    /// - Returns: whether there was a place for it.
    func opened(_ channel: any Channel, from source: String) -> Bool {
        let deadline = Self.deadline(.awaitingRequest, channel)
        let isAdmitted = state.withLock { state in
            let own = state.bySource[source] ?? 0
            guard !state.isClosed, state.entries.count < limit, own < perSource else { return false }
            state.entries[ObjectIdentifier(channel)] = Entry(channel: channel, source: source, deadline: deadline)
            state.bySource[source] = own + 1
            return true
        }
        guard isAdmitted else {
            deadline.cancel()
            return false
        }
        channel.closeFuture.whenComplete { [self] _ in closed(channel) }
        return true
    }

    /// A connection's client has the next step to do.
    func step(_ step: Step, _ channel: any Channel) {
        let next = Self.deadline(step, channel)
        let previous = state.withLock { state -> Scheduled<Void>? in
            guard var entry = state.entries[ObjectIdentifier(channel)] else { return next }
            defer { state.entries[ObjectIdentifier(channel)] = entry }
            let previous = entry.deadline
            entry.deadline = next
            return previous
        }
        previous?.cancel()
    }

    func closeAll() {
        let channels = state.withLock { state in
            state.isClosed = true
            return state.entries.values.map(\.channel)
        }
        for channel in channels { channel.close(promise: nil) }
    }

    private func closed(_ channel: any Channel) {
        let entry = state.withLock { state in
            let entry = state.entries.removeValue(forKey: ObjectIdentifier(channel))
            if let entry, let own = state.bySource[entry.source] {
                state.bySource[entry.source] = own > 1 ? own - 1 : nil
            }
            return entry
        }
        entry?.deadline.cancel()
    }

    private static func deadline(_ step: Step, _ channel: any Channel) -> Scheduled<Void> {
        channel.eventLoop.scheduleTask(in: step.limit) { channel.close(promise: nil) }
    }
}
