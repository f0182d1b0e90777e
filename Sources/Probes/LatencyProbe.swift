import FleetModel
import Sockets

/// Measures round trips to a target without loading its link.
///
/// Three ways, and the summary says which was taken:
/// - ICMP echo over an unprivileged datagram socket, where `net.ipv4.ping_group_range` admits the process's group.
/// - The time in which a TCP connection to the target's port opens. A refusal is a round trip as well: the target's
///   kernel answers it as it answers a connection, so it counts as answered.
/// - The UDP ping service beside an RMBT server.
///
/// Every round trip is timed by the monotonic clock, from just before its first packet is sent until this process has
/// been woken by the answer; over TCP that includes some microseconds in which a socket is made.
public struct LatencyProbe: Sendable {
    private let lookup: AddressLookup

    /// - Parameter lookup: finds the addresses of a name. Of several the first that answers is measured.
    public init(lookup: AddressLookup = .system) {
        self.lookup = lookup
    }

    /// Sends `recipe.count` round trips and waits for their answers, on a thread of its own.
    ///
    /// - Parameters:
    ///   - address: a host name or an IP literal; a name is looked up once, before anything is timed.
    ///   - port: for TCP, 1 … 65535; nil where the target has none, and then only ICMP can serve.
    ///   - pingKey: shared with the UDP ping service, for the method that asks it.
    ///   - recipe: how many, how often, how long each may take, and by which method.
    /// - Returns: a failure when not one was answered, or none could be sent; of the former how many were.
    /// - Throws: only when the task is cancelled, at once then.
    public func run(
        address: String, port: Int?, pingKey: String? = nil, recipe: ProbeRecipe.Latency
    ) async throws(CancellationError) -> Result<LatencySummary, LatencyFailure> {
        let stop = StopSignal()
        let outcome = await withTaskCancellationHandler {
            await DataThread.run("latency") {
                LatencyMeasurement(
                    address: address, port: port, pingKey: pingKey, lookup: lookup, recipe: recipe, stop: stop
                ).measure()
            }
        } onCancel: {
            stop.raise()
        }
        guard let outcome else { throw CancellationError() }
        return outcome
    }
}
