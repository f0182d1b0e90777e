extension Duration {
    /// What poll() takes: milliseconds, rounded up; 0 where no time is left.
    package var wholeMilliseconds: Int32 {
        guard self > .zero else { return 0 }
        let (seconds, attoseconds) = components
        guard seconds < 1_000_000 else { return 1_000_000_000 }
        return Int32(seconds) * 1000 + Int32((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }

    /// `10s`, `1.5s`, or `300ms` for less than a second.
    package var brief: String {
        let (seconds, attoseconds) = components
        if attoseconds == 0 { return "\(seconds)s" }
        return seconds > 0 ? "\(Double(wholeMilliseconds) / 1000)s" : "\(wholeMilliseconds)ms"
    }
}
