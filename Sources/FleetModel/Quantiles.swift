/// The order statistics that results and reports quote.
public enum Quantiles {
    /// The middle value, or the mean of the two middle ones.
    ///
    /// - Returns: nil for no values.
    public static func median(ofSorted values: [Double]) -> Double? {
        guard !values.isEmpty else { return nil }
        let middle = values.count / 2
        return values.count.isMultiple(of: 2) ? (values[middle - 1] + values[middle]) / 2 : values[middle]
    }

    /// The smallest value that at least the share `p` of all values does not exceed.
    ///
    /// - Parameter p: 0 … 1.
    /// - Returns: nil for no values.
    public static func nearestRank(_ p: Double, ofSorted values: [Double]) -> Double? {
        guard !values.isEmpty else { return nil }
        let rank = Int((p * Double(values.count)).rounded(.up))
        return values[Swift.min(Swift.max(rank, 1), values.count) - 1]
    }
}
