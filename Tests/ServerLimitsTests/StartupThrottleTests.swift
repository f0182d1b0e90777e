import Testing

@testable import ServerLimits

@Suite struct StartupThrottleTests {
    private func sources(_ count: Int) throws -> [SourceAddress] {
        try (0..<count).map { try #require(SourceAddress("10.0.\($0 / 250).\($0 % 250)")) }
    }

    private var throttle: StartupThrottle {
        var configuration = StartupThrottle.Configuration()
        (configuration.start, configuration.rate, configuration.full) = (100, 30, 2000)
        (configuration.perSource, configuration.perAdmittedSource) = (20, 512)
        return StartupThrottle(configuration)
    }

    /// Many tests of one address at once are no attack, and one address alone keeps nobody else out.
    @Test func `by default no address alone can bring the server to drop others`() throws {
        let configuration = StartupThrottle.Configuration()
        #expect(configuration.perSource > 1000 && configuration.perSource < configuration.start)
        #expect(configuration.perAdmittedSource < configuration.start)
    }

    @Test func `the chance of being dropped grows from the start to the full number`() throws {
        var throttle = throttle
        var chances: [Int: Double] = [:]
        for (count, source) in try sources(2000).enumerated() {
            chances[count] = throttle.dropProbability
            // The highest lot: dropped only where everybody is.
            #expect(throttle.begin(from: source, isAdmitted: false, lot: 0.999_999) == nil)
        }
        #expect(chances[99] == 0)
        #expect(chances[100] == 0.3)
        #expect(abs((chances[1050] ?? 0) - 0.65) < 1e-9)
        #expect(throttle.dropProbability == 1)
        let late = try #require(SourceAddress("192.0.2.1"))
        #expect(throttle.begin(from: late, isAdmitted: false, lot: 0.999_999) == .tooMany(handshakes: 2000))
        #expect(throttle.begin(from: late, isAdmitted: true, lot: 0) == nil)
    }

    @Test func `the lot decides between the start and the full number`() throws {
        var throttle = throttle
        for source in try sources(100) { _ = throttle.begin(from: source, isAdmitted: false, lot: 0) }
        let late = try #require(SourceAddress("192.0.2.1"))
        #expect(throttle.begin(from: late, isAdmitted: false, lot: 0.299) == .tooMany(handshakes: 100))
        #expect(throttle.begin(from: late, isAdmitted: false, lot: 0.3) == nil)
    }

    @Test(arguments: [(false, 20), (true, 512)])
    func `one source has only so many handshakes at once, and more while it tests`(isAdmitted: Bool, limit: Int) throws
    {
        var throttle = throttle
        let source = try #require(SourceAddress("192.0.2.1"))
        for _ in 0..<3 {
            for _ in 0..<limit { #expect(throttle.begin(from: source, isAdmitted: isAdmitted, lot: 0.99) == nil) }
            #expect(
                throttle.begin(from: source, isAdmitted: isAdmitted, lot: 0.99) == .tooManyFromSource(limit: limit))
            for _ in 0..<limit { throttle.end(from: source) }
            #expect(throttle.handshakes == 0)
        }
        // One end too many gives nobody a place more.
        throttle.end(from: source)
        #expect(throttle.handshakes == 0)
    }

    @Test func `numbers that make no sense drop everybody or nobody, and trap never`() throws {
        var configuration = StartupThrottle.Configuration()
        (configuration.start, configuration.full, configuration.rate) = (10, 10, 400)
        var throttle = StartupThrottle(configuration)
        for (count, source) in try sources(12).enumerated() {
            #expect((throttle.begin(from: source, isAdmitted: false, lot: 0.999) == nil) == (count < 10))
        }
    }
}
