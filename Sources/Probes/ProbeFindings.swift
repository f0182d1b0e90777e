import FleetModel
import Sockets

/// What a probe brings back: the part of a ``ProbeResult`` that only the probe knows.
struct ProbeFindings: Sendable {
    var failure: ProbeFailure?
    var download: TransferResult?
    var upload: TransferResult?
    var latency: LatencySummary?
    var latencyUnderLoad: ProbeResult.LoadedLatency?
    var cpu: ProbeResult.CPULoad?
    var authentication: AuthenticationMethod?
    var downloadCapacity: CapacityResult?
    var uploadCapacity: CapacityResult?
    var flags: [String] = []

    init() {}

    init(failure: ProbeFailure) {
        self.failure = failure
    }

    /// This process or machine stood still while the probe ran: what it counted, and what it waited for in vain, says nothing about the
    /// line. A wrong password is one all the same.
    mutating func stoodStill(for time: Duration) {
        guard failure?.kind.mayPass ?? true else { return }
        let seconds = (time.inSeconds * 10).rounded() / 10
        failure = ProbeFailure(
            .interrupted,
            "This program or its machine stood still for \(seconds.formattedSeconds) during the test (stopped or suspended): "
                + "its figures say nothing about the line.")
    }
}
