extension Duration {
    /// What poll() takes: milliseconds, rounded up; 0 where no time is left.
    package var wholeMilliseconds: Int32 {
        guard self > .zero else { return 0 }
        let (seconds, attoseconds) = components
        guard seconds < 1_000_000 else { return 1_000_000_000 }
        return Int32(seconds) * 1000 + Int32((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }

    /// `10s`, or `300ms` for what is no whole number of seconds.
    package var brief: String {
        let (seconds, attoseconds) = components
        return attoseconds == 0 ? "\(seconds)s" : "\(Int64(wholeMilliseconds))ms"
    }
}
