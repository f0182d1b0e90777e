/// A time in which slots passed, while what became of them is still being told.
struct Absence: Sendable {
    /// The last time that was seen before it.
    let began: WallTime
    /// Whether the scheduler ran then: else nobody was there.
    let wasThere: Bool
    /// Jobs that missed more slots than are told one by one.
    var cutJobs = 0
}
