import Sockets

/// Pings on a connection of their own while data flows on the others: how much a full line delays what else it carries.
///
/// An addition to the test: a connection that stops answering ends the series and never the test.
struct RMBTLoadedLatency: Sendable {
    struct Series: Sendable {
        var pings: [RMBTMeasurement.Ping] = []
        /// The connection cannot be used for another series.
        var isBroken = false
    }

    /// From an answer to the next ping.
    private static let interval = Duration.milliseconds(100)
    /// A full queue may hold a ping for seconds, and such answers are what the series is about.
    private static let timeout = 10.0
    /// How long an answer is waited for once no more data flows.
    private static let patience = 1.0

    let connection: RMBTConnection

    /// Runs `transfer` with pings beside it, from its beginning to its end.
    func beside<Value: Sendable>(_ transfer: () async -> Value) async -> (Value, Series) {
        let ended = StopSignal()
        async let series = pings(until: ended)
        let value = await transfer()
        ended.raise()
        connection.hurry(within: Self.patience)
        return (value, await series)
    }

    private func pings(until ended: StopSignal) async -> Series {
        var series = Series()
        while true {
            try? await Task.sleep(for: Self.interval)
            guard !ended.isRaised, !Task.isCancelled else { return series }
            let outcome = await connection.ping(timeout: Self.timeout)
            guard case .pinged(let client, let server)? = outcome.completion else {
                series.isBroken = true
                return series
            }
            series.pings.append(.init(client: client, server: server))
        }
    }
}
