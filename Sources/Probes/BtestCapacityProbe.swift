import Btest
import FleetModel
import Logging

/// Looks for what a router can take and send over UDP: the download first and then the upload, for both at once would not tell which
/// of them lost.
struct BtestCapacityProbe: Sendable {
    let configuration: BtestClient.Configuration
    let recipe: ProbeRecipe.Btest
    let monitor: BtestMonitor
    let logger: Logger

    func run() async -> ProbeFindings {
        var findings = ProbeFindings()
        findings.flags = ["capacity"]
        if recipe.direction != .upload { await search(.download, &findings) }
        if recipe.direction != .download, findings.failure == nil { await search(.upload, &findings) }
        return findings
    }

    private func search(_ direction: BtestCommand.Direction, _ findings: inout ProbeFindings) async {
        var configuration = configuration
        configuration.direction = direction
        let outcome = await BtestCapacityTest(
            configuration, limit: recipe.capacityLimit, monitor: monitor, logger: logger
        ).run()
        let result = CapacityResult(outcome)
        let transfer = outcome.knee.flatMap { direction == .upload ? $0.upload : $0.download }.flatMap {
            TransferResult($0)
        }
        if direction == .upload {
            (findings.uploadCapacity, findings.upload) = (result, transfer)
        } else {
            (findings.downloadCapacity, findings.download) = (result, transfer)
        }
        if let knee = outcome.knee {
            let ofKnee = BtestProbe.findings(of: knee)
            findings.cpu = findings.cpu ?? ofKnee.cpu
            for flag in ofKnee.flags where !findings.flags.contains(flag) { findings.flags.append(flag) }
        }
        if result.isAtLeast, transfer != nil, !findings.flags.contains("capacity-at-least") {
            findings.flags.append("capacity-at-least")
        }
        findings.authentication = outcome.authentication.flatMap { AuthenticationMethod(rawValue: $0.rawValue) }
        findings.latency =
            findings.latency
            ?? outcome.connectRoundTrip.flatMap {
                LatencySummary(method: .tcpConnect, roundTrips: [Double($0) * 1e-9], sent: 1)
            }
        findings.failure = failure(of: outcome, direction)
    }

    private func failure(of outcome: BtestCapacityTest.Outcome, _ direction: BtestCommand.Direction) -> ProbeFailure? {
        if let error = outcome.error { return ProbeFailure(error) }
        guard let last = outcome.search.steps.last else { return nil }
        let name = direction == .upload ? "upload" : "download"
        let percent = { (ratio: Double) in "\((ratio * 1000).rounded() / 10) %" }
        switch outcome.ending {
        case .rateIgnored:
            return ProbeFailure(
                .protocol,
                "The far side sends \(BitRate(bitsPerSecond: last.received)) where \(BitRate(bitsPerSecond: last.asked)) were asked for: "
                    + "without keeping to a rate its capacity cannot be found.")
        case .randomLoss:
            return ProbeFailure(
                .interrupted,
                "\(percent(last.loss)) of the \(name) packets are lost at \(BitRate(bitsPerSecond: last.asked)) and about as many at half "
                    + "of it: the loss does not come from the rate, so the capacity cannot be told from it.")
        case .lossAtLowestRate:
            return ProbeFailure(
                .interrupted,
                "\(percent(last.loss)) of the \(name) packets are lost even at \(BitRate(bitsPerSecond: last.asked)): there is no rate "
                    + "at which 1 % or less is lost.")
        case .found, .ceiling, .senderLimit, .limit, nil:
            guard outcome.search.knee == nil else { return nil }
            return ProbeFailure(
                .interrupted,
                "Within the time for it no \(name) rate was found at which 1 % or less of the packets is lost.")
        }
    }
}

extension CapacityResult {
    fileprivate init(_ outcome: BtestCapacityTest.Outcome) {
        self.init(
            bitsPerSecond: outcome.search.knee?.received, isAtLeast: outcome.ending != .found,
            ending: outcome.ending?.rawValue ?? "failed",
            steps: outcome.search.steps.map {
                Step(askedBitsPerSecond: $0.asked, receivedBitsPerSecond: $0.received, lossRatio: $0.loss)
            })
    }
}
