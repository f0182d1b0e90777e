/// When a run has met the plan of its target.
public enum PlanRule {
    /// The share of the plan's rate that a run must reach.
    ///
    /// Not 1: what TCP carries over an Ethernet of 100 Mbit/s is at most 94.9 Mbit/s.
    public static let share = 0.9
}
