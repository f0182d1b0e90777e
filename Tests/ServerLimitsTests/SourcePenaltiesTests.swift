import Testing

@testable import ServerLimits

@Suite struct SourcePenaltiesTests {
    private static let second: Int64 = 1_000_000_000

    private func source(_ text: String = "192.0.2.1") throws -> SourceAddress {
        try #require(SourceAddress(text))
    }

    @Test func `failed logins add up until the source is refused, and it is let in when they have passed`() throws {
        var penalties = SourcePenalties()
        let source = try source()
        for second in 0..<3 {
            penalties.note(.failedLogin, by: source, at: Int64(second) * Self.second)
            #expect(penalties.refusal(of: source, at: Int64(second) * Self.second) == nil)
        }
        // 5 + 5 + 5 + 5 − 3 = 17 s, which is above 15 s.
        penalties.note(.failedLogin, by: source, at: 3 * Self.second)
        #expect(penalties.refusal(of: source, at: 3 * Self.second) == .seconds(17))
        #expect(penalties.refusal(of: source, at: 20 * Self.second - 1) == .nanoseconds(1))
        #expect(penalties.refusal(of: source, at: 20 * Self.second) == nil)
        #expect(penalties.count == 0)
    }

    @Test func `a failed login now and then is forgiven`() throws {
        var penalties = SourcePenalties()
        let source = try source()
        for round in 0..<1000 {
            penalties.note(.failedLogin, by: source, at: Int64(round) * 6 * Self.second)
            #expect(penalties.refusal(of: source, at: Int64(round) * 6 * Self.second) == nil)
        }
    }

    @Test func `no penalty grows beyond the longest`() throws {
        var penalties = SourcePenalties()
        let source = try source()
        for _ in 0..<10_000 { penalties.note(.violation, by: source, at: 0) }
        #expect(penalties.refusal(of: source, at: 0) == .seconds(600))
    }

    @Test func `ten connections a second that say nothing are no offence, twenty are`() throws {
        for (perSecond, isRefused) in [(10, false), (20, true)] {
            var configuration = SourcePenalties.Configuration()
            #expect(configuration.saidNothing == .zero)
            configuration.saidNothing = .milliseconds(100)
            var penalties = SourcePenalties(configuration)
            let source = try source()
            var refusals = 0
            for connection in 0..<(perSecond * 60) {
                let now = Int64(connection) * Self.second / Int64(perSecond)
                if penalties.refusal(of: source, at: now) != nil { refusals += 1 }
                penalties.note(.saidNothing, by: source, at: now)
            }
            #expect((refusals > 0) == isRefused)
        }
    }

    @Test func `penalties are of one source, and a network of IPv6 is one`() throws {
        var penalties = SourcePenalties()
        for _ in 0..<4 { penalties.note(.failedLogin, by: try source("2001:db8:1:2::1"), at: 0) }
        #expect(penalties.refusal(of: try source("2001:db8:1:2:ffff::9"), at: 0) != nil)
        #expect(penalties.refusal(of: try source("2001:db8:1:3::1"), at: 0) == nil)
    }

    @Test func `who is exempt, and everybody where penalties are off, is never refused`() throws {
        var configuration = SourcePenalties.Configuration()
        configuration.exempt = [try AddressRange("192.0.2.0/24")]
        var exempting = SourcePenalties(configuration)
        configuration.isEnabled = false
        configuration.exempt = []
        var off = SourcePenalties(configuration)
        for _ in 0..<100 {
            exempting.note(.violation, by: try source(), at: 0)
            off.note(.violation, by: try source(), at: 0)
        }
        #expect(exempting.refusal(of: try source(), at: 0) == nil)
        #expect(off.refusal(of: try source(), at: 0) == nil)
        #expect(exempting.count + off.count == 0)
    }

    @Test func `strangers fill no memory, and those whose penalty is over first are forgiven`() throws {
        var configuration = SourcePenalties.Configuration()
        configuration.mostSources = 100
        var penalties = SourcePenalties(configuration)
        let worst = try source("198.51.100.1")
        for _ in 0..<20 { penalties.note(.violation, by: worst, at: 0) }
        for number in 0..<10_000 {
            penalties.note(.failedLogin, by: try source("10.0.\(number / 250).\(number % 250)"), at: Int64(number))
            #expect(penalties.count <= 100)
        }
        #expect(penalties.refusal(of: worst, at: 10_000) != nil)
        // What has passed makes room before anybody is forgiven.
        penalties.note(.failedLogin, by: try source("198.51.100.2"), at: 100 * Self.second)
        #expect(penalties.count == 2 || penalties.count > 80)
    }
}
