import FleetModel

/// What to tell a person whose test was perhaps limited by a processor and not by the link.
enum BusyCPUWarning {
    /// - Returns: one line, or nil when neither end was that busy.
    static func text(_ result: ProbeResult) -> String? {
        let busy = [
            ("remote-cpu-bound", result.kind == .btest ? "router" : "server", result.cpu?.remote),
            ("local-cpu-bound", "this host", result.cpu?.local),
        ].compactMap { flag, whose, load in
            load.flatMap { load in
                load.isFinite && result.flags.contains(flag)
                    ? "\(whose) \(Int((min(max(load, 0), 1) * 100).rounded())) %" : nil
            }
        }
        guard !busy.isEmpty else { return nil }
        return "\(result.target): CPU-bound: \(busy.joined(separator: ", ")); the link may be faster"
    }
}
