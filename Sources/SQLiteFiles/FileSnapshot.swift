import Glibc

/// A file as it was at one look: which one, how long, when it was last written.
struct FileSnapshot: Sendable, Equatable {
    let identity: FileIdentity
    /// Bytes.
    let size: Int
    /// Nanoseconds since 1970.
    private let modified: Int64
    /// Nanoseconds of the monotonic clock.
    private let seen: Int64

    /// How long a file must have rested: what copies it in place writes more often.
    private static let rest: Int64 = 500_000_000

    /// nil where there is no file, or this user may not look.
    init?(path: String) {
        var found = stat()
        guard stat(path, &found) == 0 else { return nil }
        identity = FileIdentity(found)
        size = Int(found.st_size)
        modified = Self.nanoseconds(found.st_mtim)
        seen = Self.now(CLOCK_MONOTONIC)
    }

    static func == (one: FileSnapshot, other: FileSnapshot) -> Bool {
        one.identity == other.identity && one.size == other.size && one.modified == other.modified
    }

    /// Whether nobody writes the file any more, as far as its times tell: it was not written for half a second by the wall clock, or was seen
    /// like this half a second ago.
    var isSettled: Bool {
        Self.now(CLOCK_REALTIME) &- modified >= Self.rest || Self.now(CLOCK_MONOTONIC) &- seen >= Self.rest
    }

    private static func now(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return nanoseconds(time)
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
