import Foundation
import RMBT

/// What RMBT servers told of the tests that they served, against which results are held.
///
/// Times are Unix seconds, passed in. Bounded: of more than 10,000 tests those are forgotten that were told of first.
struct ServedTests {
    enum Account: Equatable {
        /// No server said anything of the test.
        case unknown
        /// It carried less than the result claims.
        case less
        case agrees
    }

    /// A server says at least this often that it is there, in seconds.
    static let heartbeat: Int64 = 20
    static let mostTests = 10_000
    /// What clocks, headers and the borders of the parts make of one amount.
    static let tolerance = 1.05
    /// A rate over less cannot be held against parts of a quarter of a second.
    static let shortest: Int64 = 900_000_000

    private var tests: [UUID: RMBTServedTest] = [:]
    private var order: [UUID] = []
    private var heardAt: Int64?
    /// From where servers reported, and when they did so last.
    private var sources: [String: Int64] = [:]
    private static let mostSources = 1000

    /// A server's report came.
    mutating func hear(_ reported: [RMBTServedTest], from source: String, at now: Int64) {
        heardAt = now
        if sources.count >= Self.mostSources { sources = sources.filter { now - $0.value <= 3 * Self.heartbeat } }
        if sources.count < Self.mostSources || sources[source] != nil { sources[source] = now }
        for test in reported {
            guard let id = UUID(uuidString: String(test.identity.prefix { $0 != "_" })) else { continue }
            guard let known = tests[id] else {
                if order.count >= Self.mostTests {
                    for old in order.prefix(Self.mostTests / 8) { tests[old] = nil }
                    order.removeFirst(Self.mostTests / 8)
                }
                order.append(id)
                tests[id] = test
                continue
            }
            if test.bytes >= known.bytes { tests[id] = test }
        }
    }

    /// Whether a server reports here at present, so that it is worth waiting for its word.
    func isHearing(at now: Int64) -> Bool { heardAt.map { now - $0 <= 3 * Self.heartbeat } ?? false }

    /// Whether a server reported from there: it may say more than a stranger may ask.
    func isReporter(_ source: String, at now: Int64) -> Bool {
        sources[source].map { now - $0 <= 3 * Self.heartbeat } ?? false
    }

    /// Whether what a result claims fits what was carried.
    ///
    /// Whoever claims less than it carried deceives nobody but itself: only more is looked for.
    func account(of result: ControlResult) -> Account {
        guard let served = tests[result.id] else { return .unknown }
        let directions = [(result.download, true), (result.upload, false)].compactMap { direction, isSent in
            direction.map { ($0, isSent) }
        }
        let agrees = directions.allSatisfy { direction, isSent in
            guard direction.nanoseconds >= Self.shortest else { return false }
            let claimed = direction.bitsPerSecond * Double(direction.nanoseconds) * 1e-9 / 8
            let most = Double(served.most(sent: isSent, within: direction.nanoseconds))
            return claimed <= most * Self.tolerance + 65_536 * Double(direction.connections)
        }
        return agrees && !directions.isEmpty ? .agrees : .less
    }
}
