/// The words in ``ProbeResult/flags`` that the program itself goes by.
public enum RunFlag {
    /// The clock of this machine was wrong when the run began: when it was is not known.
    public static let clockWrong = "clock-wrong"

    /// A search for the capacity of a way was made; its steps stand beside the run.
    public static let capacity = "capacity"

    /// The rate of a direction was no number: the run is kept, the direction is not.
    public static let invalidRate = "invalid-rate"

    /// The flags of runs whose figures stay out of every statistic. Such runs are counted, listed and kept like all others.
    public static let outOfStatistics: Set<String> = [clockWrong, "forced", "interrupted", "unconfirmed"]
}

extension ProbeResult {
    /// Whether the figures of the run may be taken into medians, percentiles, loss and judgements.
    public var countsInStatistics: Bool {
        if case .failed(let failure) = outcome, failure.kind == .interrupted { return false }
        return RunFlag.outOfStatistics.isDisjoint(with: flags)
    }

    /// Whether it stands in the time at which it says it began.
    public var isPlacedInTime: Bool { !flags.contains(RunFlag.clockWrong) }
}
