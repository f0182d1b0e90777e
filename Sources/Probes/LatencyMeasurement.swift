import FleetModel
import Glibc
import Sockets

/// One run of the latency probe, on the thread that calls it.
struct LatencyMeasurement {
    let address: String
    let port: Int?
    var pingKey: String?
    var family = AddressFamily.any
    var lookup = AddressLookup.system
    /// The address that is to be measured, whatever others the name has; nil looks the name up.
    var peer: PeerAddress?
    let recipe: ProbeRecipe.Latency
    let stop: StopSignal
    /// Whether a series that is ended early leaves what was answered until then, rather than nothing.
    var keepsPart = false
    /// The instant of ``MonotonicClock`` that ends all as the signal does, a lookup included.
    var deadline = Int64.max

    /// How long it may take to find the address for a name: to look it up, and to see which of several answers.
    private static let longestLookup = Duration.seconds(5)
    /// How long the addresses of a name that has several may take to answer.
    private static let longestTrial = Duration.seconds(2)
    /// Further addresses of a name are not tried.
    private static let mostAddresses = 16

    /// - Returns: nil when the signal was raised before the end, and nothing is to be kept.
    func measure() -> Result<LatencySummary, LatencyFailure>? { measureAddress()?.map { $0.summary } }

    /// The same, with the address that was measured.
    func measureAddress() -> Result<(summary: LatencySummary, peer: PeerAddress), LatencyFailure>? {
        if recipe.method == .tcp, port == nil {
            return .failure(LatencyFailure(.internal, "A round trip over TCP needs a port, and \(address) has none."))
        }
        let lookedUpUntil = min(MonotonicClock.now() + Self.longestLookup.wholeNanoseconds, deadline)
        if let peer { return measure(peer)?.map { (summary: $0, peer: peer) } }
        let asked = recipe.method == .rmbtUDP ? recipe.udpPort : port ?? 0
        switch lookup.addresses(of: address, port: asked, family: family, stop: stop, until: lookedUpUntil) {
        case .failure(.stopped):
            return nil
        case .failure(let failure):
            return .failure(LatencyFailure(.unreachable, failure.description))
        case .success(let addresses):
            // The resolver puts those first to which this machine has a route.
            guard let first = addresses.first else {
                return .failure(LatencyFailure(.unreachable, "The name \(address) has no address."))
            }
            guard addresses.count > 1 else { return measure(first)?.map { (summary: $0, peer: first) } }
            let answering = firstThatAnswers(Array(addresses.prefix(Self.mostAddresses)), until: lookedUpUntil)
            let peer = answering ?? first
            return measure(peer)?.map { (summary: $0, peer: peer) }.mapError { failure in
                guard answering == nil, failure.failure.kind == .unreachable else { return failure }
                let message = failure.failure.message + " None of the other addresses of \(address) answered either."
                return LatencyFailure(ProbeFailure(.unreachable, message), unanswered: failure.unanswered)
            }
        }
    }

    private func firstThatAnswers(_ addresses: [PeerAddress], until limit: Int64) -> PeerAddress? {
        var transports = addresses.map { peer in (try? open(to: peer, isTrial: true).get())?.transport }
        let trial = AddressTrial(
            patience: min(recipe.timeout, Self.longestTrial).wholeNanoseconds, stop: stop, deadline: limit)
        return trial.run(over: &transports).map { addresses[$0] }
    }

    private func measure(_ peer: PeerAddress) -> Result<LatencySummary, LatencyFailure>? {
        switch open(to: peer) {
        case .success(var way): return measure(peer, method: way.method, over: &way.transport)
        case .failure(let failure): return .failure(LatencyFailure(failure))
        }
    }

    private typealias Way = (method: LatencySummary.Method, transport: any RoundTripTransport)

    /// - Parameter isTrial: whether the address is looked for, and not measured.
    private func open(to peer: PeerAddress, isTrial: Bool = false) -> Result<Way, ProbeFailure> {
        if recipe.method == .rmbtUDP {
            return
                switch UDPPingTransport.open(
                    to: peer, key: pingKey ?? "none", at: UInt32(truncatingIfNeeded: time(nil)))
            {
            case .success(let transport): .success((.rmbtUDP, transport))
            case .failure(.unreachable(let error)): .failure(Self.unreachable(peer.description, error))
            case .failure(.system(let error)): .failure(Self.localFailure(error))
            }
        }
        if recipe.method != .tcp {
            switch ICMPEchoTransport.open(to: peer) {
            case .success(let transport): return .success((.icmp, transport))
            case .failure(.notPermitted) where recipe.method == .automatic && port != nil: break
            case .failure(.notPermitted): return .failure(Self.notPermitted(address))
            case .failure(.unreachable(let error)): return .failure(Self.unreachable(peer.host, error))
            case .failure(.system(let error)): return .failure(Self.localFailure(error))
            }
        }
        return .success((.tcpConnect, TCPConnectTransport(peer: peer, countsRefusals: !isTrial)))
    }

    private func measure(
        _ peer: PeerAddress, method: LatencySummary.Method, over transport: inout some RoundTripTransport
    ) -> Result<LatencySummary, LatencyFailure>? {
        let ledger = RoundTripLedger(
            count: recipe.count, interval: recipe.interval.wholeNanoseconds, timeout: recipe.timeout.wholeNanoseconds,
            mostUnderWay: transport.mostUnderWay)
        var series = RoundTripSeries(ledger: ledger, stop: stop, deadline: deadline)
        switch series.run(over: &transport) {
        case .stopped:
            guard keepsPart else { return nil }
            return LatencySummary(method: method, roundTrips: series.roundTrips, sent: series.settled)
                .map { .success($0) }
        case .localFault(let error):
            return .failure(LatencyFailure(Self.localFailure(error)))
        case .finished(let roundTrips, let sent, let lastError):
            if let summary = LatencySummary(method: method, roundTrips: roundTrips, sent: sent) {
                return .success(summary)
            }
            return .failure(
                LatencyFailure(
                    nothingAnswered(peer, method: method, sent: sent, lastError: lastError),
                    unanswered: sent > 0 ? .unanswered(method, sent: sent) : nil))
        }
    }

    private func nothingAnswered(
        _ peer: PeerAddress, method: LatencySummary.Method, sent: Int, lastError: CInt?
    ) -> ProbeFailure {
        let name = method == .icmp ? peer.host : peer.description
        if let lastError {
            return Self.unreachable(name, lastError)
        }
        let attempts =
            switch method {
            case .icmp: "ICMP echo request"
            case .rmbtUDP: "UDP ping"
            case .tcpConnect, .rmbt: "TCP connection attempt"
            }
        let timeout = recipe.timeout.inSeconds.formattedSeconds
        return ProbeFailure(
            .unreachable, "\(name) answered none of \(sent) \(attempts)\(sent == 1 ? "" : "s") within \(timeout).")
    }

    private static func unreachable(_ name: String, _ error: CInt) -> ProbeFailure {
        ProbeFailure(.unreachable, "\(name) cannot be reached: \(words(for: error)).")
    }

    private static func notPermitted(_ address: String) -> ProbeFailure {
        ProbeFailure(
            .internal,
            "ICMP echo to \(address) is not permitted to this process: admit its group with the sysctl "
                + "net.ipv4.ping_group_range, or measure over TCP.")
    }

    private static func localFailure(_ error: CInt) -> ProbeFailure {
        ProbeFailure(.internal, "This machine could not open a socket: \(words(for: error)).")
    }

    private static func words(for error: CInt) -> String {
        String(cString: strerror(error)).lowercased()
    }
}
