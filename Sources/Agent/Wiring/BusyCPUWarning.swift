import FleetModel

/// What to tell a person whose test was perhaps limited by a processor and not by the link.
enum BusyCPUWarning {
    /// - Returns: one line, or nil when neither end was that busy.
    static func text(_ result: ProbeResult) -> String? {
        let busy = [
            ("remote-cpu-bound", "the far side's", result.cpu?.remote),
            ("local-cpu-bound", "this machine's", result.cpu?.local),
        ].compactMap { flag, whose, load in
            load.flatMap { load in
                load.isFinite && result.flags.contains(flag)
                    ? "\(whose) CPU was at \(Int((min(max(load, 0), 1) * 100).rounded())) %" : nil
            }
        }
        guard !busy.isEmpty else { return nil }
        return "\(result.target): \(busy.joined(separator: ", ")): it may be the limit, and not the link"
    }
}
