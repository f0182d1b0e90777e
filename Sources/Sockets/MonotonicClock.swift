import Glibc

/// The clock that durations come from: it never jumps, and reading it costs some 20 ns.
public enum MonotonicClock {
    /// Nanoseconds since an arbitrary instant before this process began.
    public static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}

extension Duration {
    /// Whole nanoseconds; saturates beyond 73 years, so that no instant overflows when a duration or two are added to
    /// it.
    public var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let longest = Int64.max / 4
        if overflow { return seconds < 0 ? -longest : longest }
        let (sum, carried) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        if carried { return sum < 0 ? longest : -longest }
        return Swift.min(Swift.max(sum, -longest), longest)
    }
}
