import NIOCore
import Sockets
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
    }

    private struct Entry {
        let channel: any Channel
        let source: String?
        var deadline: Scheduled<Void>
    }

    private struct State {
        var entries: [ObjectIdentifier: Entry] = [:]
        var bySource: [String: Int] = [:]
        var isClosed = false
    }

    private let limit: Int
    private let perSource: Int
    private let requestTimeout: TimeAmount
    private let transferTimeout: TimeAmount
    private let state = Mutex(State())

    init(configuration: ControlServer.Configuration) {
        limit = configuration.maxConnections
        perSource = configuration.maxConnectionsPerAddress
        requestTimeout = .nanoseconds(configuration.requestTimeout.wholeNanoseconds)
        transferTimeout = .nanoseconds(configuration.transferTimeout.wholeNanoseconds)
    }

    /// A connection came.
    ///
    /// - Parameter source: nil for a proxy, which has as many as there are.
    /// - Returns: whether there was a place for it.
    func opened(_ channel: any Channel, from source: String?) -> Bool {
        let deadline = deadline(.awaitingRequest, channel)
        let isAdmitted = state.withLock { state in
            guard !state.isClosed, state.entries.count < limit else { return false }
            if let source {
                let own = state.bySource[source] ?? 0
                guard own < perSource else { return false }
                state.bySource[source] = own + 1
            }
            state.entries[ObjectIdentifier(channel)] = Entry(channel: channel, source: source, deadline: deadline)
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
        let next = deadline(step, channel)
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
            if let source = entry?.source, let own = state.bySource[source] {
                state.bySource[source] = own > 1 ? own - 1 : nil
            }
            return entry
        }
        entry?.deadline.cancel()
    }

    private func deadline(_ step: Step, _ channel: any Channel) -> Scheduled<Void> {
        let limit = step == .awaitingRequest ? requestTimeout : transferTimeout
        return channel.eventLoop.scheduleTask(in: limit) {
            // Whoever was about to say something is told so before it is closed.
            channel.pipeline.fireUserInboundEventTriggered(RequestGuard.TimeIsOver(isAnswering: step == .answering))
            channel.eventLoop.scheduleTask(in: RequestGuard.lingering) { channel.close(promise: nil) }
        }
    }
}
