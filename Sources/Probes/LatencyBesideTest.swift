import FleetModel
import Sockets

/// Round trips beside a throughput test: a few right before it, and a series while its data flows.
///
/// By ICMP where that is permitted to this process. Else the test's own connection is the one round trip before it, and those under load
/// are further TCP connections to its port. They are an addition: what is not answered leaves no summary, and never fails the test.
struct LatencyBesideTest: Sendable {
    let address: String
    let port: Int
    let family: AddressFamily
    var lookup = AddressLookup.system
    /// The address that the test goes to, once it is connected: a name may have others.
    var testedPeer: @Sendable () -> PeerAddress? = { nil }

    /// A third of a second and one round trip on a line that answers; by satellite a round trip takes 0.6 s.
    private static let beforeTest = ProbeRecipe.Latency(
        count: 7, interval: .milliseconds(50), timeout: .milliseconds(650), method: .icmp)
    /// For all before the test, the lookup of a name included: ``ProbeRecipe/longestDuration`` has room for it.
    private static let longestBeforeTest = Duration.seconds(1)

    /// Without an end of its own: 65536 of them outlast the longest test. A full queue may hold a packet for seconds,
    /// and such answers are what the series is about.
    private static let duringTest = ProbeRecipe.Latency(
        count: 65536, interval: .milliseconds(150), timeout: .seconds(5))

    /// The round trips before the test, and the address that they went to; nil when none was answered or the task is cancelled.
    func idle() async -> (summary: LatencySummary, peer: PeerAddress)? {
        let stop = StopSignal()
        return await withTaskCancellationHandler {
            await series(Self.beforeTest, stop, until: MonotonicClock.now() + Self.longestBeforeTest.wholeNanoseconds)
        } onCancel: {
            stop.raise()
        }
    }

    /// Runs a test, with round trips beside it from the instant at which its data flows until it ends.
    ///
    /// - Parameter test: calls its argument when data flows; it may not come to that.
    /// - Returns: what the test returned, and the round trips; nil when none was answered while data flowed.
    func underLoad<Value: Sendable>(
        _ test: (_ whenDataFlows: @escaping @Sendable () -> Void) async -> Value
    ) async -> (Value, LatencySummary?) {
        let (flow, began) = AsyncStream.makeStream(of: Void.self)
        let ended = StopSignal()
        async let summary = { () async -> LatencySummary? in
            for await _ in flow { return await series(Self.duringTest, ended, to: testedPeer())?.summary }
            return nil
        }()
        let value = await test { began.yield() }
        began.finish()
        ended.raise()
        return (value, await summary)
    }

    private func series(
        _ recipe: ProbeRecipe.Latency, _ stop: StopSignal, to peer: PeerAddress? = nil, until deadline: Int64 = .max
    ) async -> (summary: LatencySummary, peer: PeerAddress)? {
        let outcome = await DataThread.run("latency") {
            LatencyMeasurement(
                address: address, port: port, family: family, lookup: lookup, peer: peer, recipe: recipe, stop: stop,
                keepsPart: true, deadline: deadline
            ).measureAddress()
        }
        return try? outcome?.get()
    }
}
