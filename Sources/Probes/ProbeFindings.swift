import FleetModel

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
}
