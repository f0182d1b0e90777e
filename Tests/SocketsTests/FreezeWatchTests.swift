import Testing

@testable import Sockets

@Suite("What stood still, and what was only busy")
struct FreezeWatchTests {
    private static let second: Int64 = 1_000_000_000
    private static let before = FreezeWatch.Reading(boot: 50, monotonic: 40, waited: 30, processorTime: 20)

    /// A tick that came late by so many seconds.
    private static func frozen(
        late: Double, waited: Double? = 0, suspended: Double = 0, worked: Double = 0
    ) -> Double {
        func nanoseconds(_ seconds: Double) -> Int64 { Int64(seconds * 1e9) }
        var from = before
        if waited == nil { from.waited = nil }
        let to = FreezeWatch.Reading(
            boot: from.boot + second / 10 + nanoseconds(late),
            monotonic: from.monotonic + second / 10 + nanoseconds(late - suspended),
            waited: waited.flatMap { seconds in from.waited.map { $0 + nanoseconds(seconds) } },
            processorTime: from.processorTime + nanoseconds(worked))
        return Double(FreezeWatch.frozen(from: from, to: to)) / 1e9
    }

    @Test("A gap of more than a second is a freeze, a shorter one is not")
    func gap() {
        #expect(Self.frozen(late: 0) == 0)
        #expect(Self.frozen(late: 0.9) == 0)
        #expect(Self.frozen(late: 1.5) == 1.5)
        #expect(Self.frozen(late: 3600) == 3600)
    }

    @Test("A machine without a free processor is busy and not frozen")
    func load() {
        #expect(Self.frozen(late: 5, waited: 4.9) == 0)
        // Both: stopped for two seconds, and then late by the load.
        #expect(Self.frozen(late: 5, waited: 3) == 2)
    }

    @Test("Where the kernel does not tell who waited, a process that worked meanwhile was not frozen")
    func withoutStatistics() {
        #expect(Self.frozen(late: 5, waited: nil, worked: 0.5) == 0)
        #expect(Self.frozen(late: 5, waited: nil, worked: 0.01) == 5)
    }

    @Test("A suspended machine was frozen, however busy it was")
    func suspend() {
        #expect(Self.frozen(late: 60, waited: 0, suspended: 60) == 60)
        #expect(Self.frozen(late: 60, waited: 60, suspended: 55) == 55)
        #expect(Self.frozen(late: 60, waited: nil, suspended: 60, worked: 10) == 60)
    }

    @Test("A clock that runs backwards or numbers that make no sense are no freeze")
    func nonsense() {
        #expect(Self.frozen(late: -5) == 0)
        #expect(Self.frozen(late: 0.5, waited: -3) == 0)
    }

    @Test("Nothing stands still in a test that runs, also when several are watched")
    func quiet() async throws {
        let watch = FreezeWatch()
        let first = watch.begin()
        let second = watch.begin()
        try await Task.sleep(for: .milliseconds(300))
        #expect(await first.end() == nil)
        #expect(await second.end() == nil)
        #expect(await watch.begin().end() == nil)
    }
}
