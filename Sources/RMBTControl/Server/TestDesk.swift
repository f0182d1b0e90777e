import Foundation

/// Which tests are open, and when a further one may start.
///
/// A test takes a place of its server from its start until its result comes, or until the time is over that it can need. While
/// all places are taken, a further test starts when one is free. One address gets half of a server's places at most, so that
/// nobody who only asks keeps the others away. Times are Unix seconds, passed in.
struct TestDesk {
    /// A server that could take a test.
    struct Candidate: Equatable {
        let name: String
        let maxTests: Int
    }

    /// What the desk remembers of a test it permitted.
    struct OpenTest: Equatable {
        let client: UUID
        /// Whose it is to limits that count by address.
        let source: String
        let server: String
        let start: Int64
        /// From here on nobody counts with it any more.
        let end: Int64
    }

    enum Decision: Equatable {
        case granted(server: String, start: Int64)
        /// No place will be free soon enough.
        case busy(retryIn: Int64)
    }

    /// What a test takes beside twice its duration: connections, pre-tests, pings, and the submission.
    static let allowance: Int64 = 30
    /// How long a test is remembered after its place was given back, for its late result.
    static let memory: Int64 = 600

    private let selection: ServerSelection
    private let duration: Int64
    private let longestWait: Int64
    private let mostTests: Int
    private var tests: [UUID: OpenTest] = [:]
    private var turn = 0
    private var forgotAt = Int64.min

    /// - Parameters:
    ///   - duration: t of each direction, in seconds.
    ///   - longestWait: the most seconds that a client is asked to wait.
    ///   - mostTests: tests that are remembered; beyond them those are forgotten that began first.
    init(selection: ServerSelection, duration: Int64, longestWait: Int64, mostTests: Int = 10_000) {
        self.mostTests = max(mostTests, 1)
        self.selection = selection
        self.duration = duration
        self.longestWait = longestWait
    }

    var count: Int { tests.count }

    /// Gives a test a place and a start.
    ///
    /// - Parameter candidates: at least one, in the order of the configuration.
    mutating func admit(
        _ id: UUID, of client: UUID, at source: String, among candidates: [Candidate], at now: Int64
    ) -> Decision {
        forget(at: now)
        let queues = ordered(candidates, at: now).map { (candidate: $0, free: nextFree($0, for: source, at: now)) }
        // The first that has room, in the order of the choice; where none has, the one that has it first.
        guard let best = queues.first(where: { $0.free <= now }) ?? queues.min(by: { $0.free < $1.free }) else {
            return .busy(retryIn: longestWait)
        }
        guard best.free - now <= longestWait else { return .busy(retryIn: best.free - now - longestWait) }
        turn &+= 1
        let start = max(best.free, now)
        tests[id] = OpenTest(
            client: client, source: source, server: best.candidate.name, start: start,
            end: start + 2 * duration + Self.allowance)
        return .granted(server: best.candidate.name, start: start)
    }

    /// A test's result came, or its client gave it up: the place is free.
    ///
    /// - Returns: what was known of it.
    @discardableResult
    mutating func finish(_ id: UUID) -> OpenTest? {
        tests.removeValue(forKey: id)
    }

    func test(_ id: UUID) -> OpenTest? { tests[id] }

    private func ordered(_ candidates: [Candidate], at now: Int64) -> [Candidate] {
        switch selection {
        case .name: return candidates
        case .roundRobin:
            guard !candidates.isEmpty else { return [] }
            let first = turn % candidates.count
            return Array(candidates[first...] + candidates[..<first])
        case .load:
            let loads = candidates.map { ($0, Double(ends($0, at: now).count) / Double(max($0.maxTests, 1))) }
            return loads.enumerated().sorted { ($0.element.1, $0.offset) < ($1.element.1, $1.offset) }
                .map(\.element.0)
        }
    }

    /// When a place is free: now, or when enough of the tests before it have ended.
    private func nextFree(_ candidate: Candidate, for source: String, at now: Int64) -> Int64 {
        let places = max(candidate.maxTests, 1)
        let share = places / 2 + places % 2
        func free(_ ends: [Int64], _ places: Int) -> Int64 { ends.count < places ? now : ends[ends.count - places] }
        return max(
            free(ends(candidate, at: now), places), free(ends(candidate, at: now) { $0.source == source }, share))
    }

    private func ends(
        _ candidate: Candidate, at now: Int64, where condition: (OpenTest) -> Bool = { _ in true }
    ) -> [Int64] {
        tests.values.filter { $0.server == candidate.name && $0.end > now && condition($0) }.map(\.end).sorted()
    }

    private mutating func forget(at now: Int64) {
        // Looking through all of them once a second is enough, and once more where there is no room.
        guard now > forgotAt || tests.count >= mostTests else { return }
        forgotAt = now
        tests = tests.filter { $0.value.end + Self.memory > now }
        guard tests.count >= mostTests else { return }
        let oldest = tests.sorted { $0.value.start < $1.value.start }
        for entry in oldest.prefix(tests.count - mostTests + mostTests / 8 + 1) { tests[entry.key] = nil }
    }
}
