import FleetModel

/// Whether probes, targets and schedules fit one another.
struct TargetChecks {
    let problems: ProblemCollector

    /// btest needs a router, rmbt a server, latency an address.
    func check(_ probe: ProbeSpec, on system: Target.System, named name: (text: String, position: SourcePosition)) {
        let what: String
        if case .latency(let recipe) = probe.recipe, recipe.method == .rmbtUDP, case .router = system {
            return problems.report(
                name.position, "the method rmbt-udp fits servers only",
                found: "found probe \"\(probe.name)\" on \"\(name.text)\"",
                remedy: "give the target \"probes\" of its own")
        }
        switch (probe.kind, system) {
        case (.btest, .router), (.rmbt, .server), (.latency, .router): return
        case (.latency, .server(let server)):
            guard case .control = server.access else { return }
            what = "a latency probe needs a target with an address"
        case (.btest, .server): what = "a btest probe fits routers only"
        case (.rmbt, .router): what = "an rmbt probe fits servers only"
        }
        problems.report(
            name.position, what, found: "found probe \"\(probe.name)\" on \"\(name.text)\"",
            remedy: "give the target \"probes\" of its own")
    }

    /// Between two starts there must be time for the longest run.
    func check(_ placed: ScheduleReader.Placed, fits probe: ProbeSpec) {
        let entry = placed.entry
        let longest = probe.recipe.longestDuration
        guard let shortest = entry.shortestGap, shortest <= longest + ScheduleEntry.guardTime else { return }
        let run = "the longest run of probe \"\(probe.name)\" (\(DurationText.format(longest)))"
        switch entry.timing {
        case .every(let interval):
            let needed = neededInterval(entry, longest: longest)
            problems.report(
                placed.position, "\"every\" leaves too little time for \(run) between two starts",
                found: "found \(DurationText.format(interval)) less jitter",
                remedy: needed.map { "write \(DurationText.format($0)) or more" } ?? "reduce the jitter")
        case .cron(let cron):
            problems.report(
                placed.position, "\"cron\" leaves too little time for \(run) between two starts",
                found: "found " + SourceNode.quoted(cron.text), remedy: "let it match less often, or reduce the jitter")
        }
    }

    /// A test that paces itself below the plan never shows it: its runs are not judged by the plan.
    func check(_ probe: ProbeSpec, canShow plan: Target.Plan, of name: (text: String, position: SourcePosition)) {
        guard case .btest(let btest) = probe.recipe, let rate = btest.rate else { return }
        let cap = RateCap(probe.recipe)
        for (direction, planned) in [(TransferDirection.download, plan.down), (.upload, plan.up)] {
            guard let planned, btest.direction == .both || btest.direction == direction, cap.hides(planned) else {
                continue
            }
            let threshold = BitRate(bitsPerSecond: planned.bitsPerSecond * PlanRule.share)
            problems.warn(
                name.position,
                "the \(direction.rawValue) of \(SourceNode.quoted(name.text)) is not judged by its plan: probe "
                    + "\"\(probe.name)\" is capped at \(rate), and a run meets the plan from \(threshold) on",
                found: "found a plan of \(planned)",
                remedy: "raise \"rate\" above \(threshold), or leave it out")
        }
    }

    /// A short interval that would do; nil where the jitter is what is too long.
    private func neededInterval(_ entry: ScheduleEntry, longest: Duration) -> Duration? {
        let needed = (longest + ScheduleEntry.guardTime).inSeconds
        let seconds: Double
        switch entry.jitter {
        case .uniform(limit: nil): seconds = needed / 0.9
        case .uniform(let limit?):
            guard case .every(let interval) = entry.timing, limit < interval else { return nil }
            seconds = needed + limit.inSeconds
        case .poisson: seconds = needed * 10
        }
        // In whole minutes where a second more or less is nothing to anybody.
        let step = seconds > 120 ? 60.0 : 1.0
        return .seconds(Int64((seconds / step).rounded(.down) + 1) * Int64(step))
    }
}
