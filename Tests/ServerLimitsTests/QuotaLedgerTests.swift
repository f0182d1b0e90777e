import Glibc
import Sockets
import Testing
import TestSupport

@testable import ServerLimits

@Suite struct QuotaLedgerTests {
    private static let bob = UsageSubject.user("bob")
    /// Thursday, 2026-10-01.
    private static let firstOfOctober = 20_727

    private let clock = HandClock(Int64(firstOfOctober) * 86_400)

    private func ledger(past: [DailyUsage] = [], mostSubjects: Int = 1000) -> QuotaLedger {
        let clock = clock
        return QuotaLedger(past: past, mostSubjects: mostSubjects) { clock.now }
    }

    private func grant(
        _ ledger: QuotaLedger, _ rules: [QuotaRule] = [], moving direction: QuotaDirection = .combined
    ) throws -> QuotaGrant {
        try ledger.grant(for: [.init(Self.bob, rules)], moving: direction)
    }

    @Test(arguments: [
        // Over midnight from Thursday to Friday, from Sunday to Monday, and from October to November (a Sunday).
        (firstOfOctober, [0, 100, 100]), (firstOfOctober + 3, [0, 0, 100]), (firstOfOctober + 30, [0, 100, 0]),
    ])
    func `a period begins anew at midnight UTC, and a test that runs on sees it`(day: Int, left: [Int64]) throws {
        clock.now = Int64(day + 1) * 86_400 - 1
        let ledger = ledger()
        let grant = try grant(ledger, QuotaPeriod.allCases.map { QuotaRule($0, .sent, bytes: 100) })
        grant.sent.spend(100)
        for period in QuotaPeriod.allCases { #expect(ledger.used(by: Self.bob, period, .sent) == 100) }
        #expect(grant.sent.isExhausted)
        clock.now += 1
        #expect(QuotaPeriod.allCases.map { ledger.used(by: Self.bob, $0, .sent) } == left)
        #expect(grant.sent.isExhausted == left.contains(100))
    }

    @Test func `a day's rule lets a running test go on after midnight`() throws {
        let ledger = ledger()
        let grant = try grant(ledger, [QuotaRule(.day, .combined, bytes: 100)])
        clock.now += 86_399
        grant.received.spend(60)
        #expect(!grant.sent.isExhausted)
        grant.sent.spend(40)
        #expect(grant.sent.isExhausted && grant.received.isExhausted)
        clock.now += 1
        #expect(!grant.sent.isExhausted && !grant.received.isExhausted)
        #expect(grant.exhaustion == nil)
    }

    @Test func `weeks and months sum their days, however many passed`() throws {
        let ledger = ledger()
        let grant = try grant(ledger)
        // Mondays of October 2026 are the 5th, 12th, 19th and 26th.
        var week: Int64 = 0
        for day in 0..<31 {
            clock.day = Self.firstOfOctober + day
            grant.received.spend(1 << 10)
            grant.sent.spend(1)
            week = [4, 11, 18, 25].contains(day) ? 1 : week + 1
            #expect(ledger.used(by: Self.bob, .day, .combined) == 1025)
            #expect(ledger.used(by: Self.bob, .week, .combined) == week * 1025)
            #expect(ledger.used(by: Self.bob, .month, .received) == Int64(day + 1) << 10)
        }
        // After a fortnight without a byte.
        clock.day += 14
        #expect(ledger.used(by: Self.bob, .week, .combined) == 0)
        #expect(ledger.used(by: Self.bob, .month, .combined) == 0)
    }

    @Test func `a clock that was set back finds what it had counted`() throws {
        let ledger = ledger()
        let grant = try grant(ledger)
        for day in [0, 1, 2, 5] {
            clock.day = Self.firstOfOctober + day
            grant.sent.spend(10)
        }
        clock.day = Self.firstOfOctober + 1
        grant.sent.spend(1)
        #expect(ledger.used(by: Self.bob, .day, .sent) == 11)
        #expect(ledger.used(by: Self.bob, .month, .sent) == 41)
    }

    @Test(arguments: [
        (QuotaDirection.received, QuotaDirection.received, true), (.received, .sent, false), (.sent, .received, false),
        (.sent, .sent, true), (.combined, .received, true), (.combined, .sent, true), (.received, .combined, true),
        (.sent, .combined, true),
    ])
    func `a rule forbids the tests that move what it counts`(
        direction: QuotaDirection, moving: QuotaDirection, forbids: Bool
    ) throws {
        let ledger = ledger()
        let first = try grant(ledger)
        first.received.spend(5)
        first.sent.spend(5)
        let rule = QuotaRule(.week, direction, bytes: 5)
        let used: Int64 = direction == .combined ? 10 : 5
        if forbids {
            #expect(throws: QuotaExhaustion(subject: Self.bob, rule: rule, used: used)) {
                try grant(ledger, [rule], moving: moving)
            }
        } else {
            #expect(try grant(ledger, [rule], moving: moving).exhaustion == nil)
        }
    }

    @Test func `nothing is nothing, and the highest number is no bound`() throws {
        let ledger = ledger()
        #expect(throws: QuotaExhaustion.self) { try grant(ledger, [QuotaRule(.day, .sent, bytes: 0)]) }
        let unbounded = try grant(ledger, [QuotaRule(.day, .sent, bytes: .max)])
        unbounded.sent.spend(1 << 40)
        #expect(!unbounded.sent.isExhausted)
    }

    @Test func `every subject of a test is counted, and the first that is used up ends it`() throws {
        let ledger = ledger()
        let address = UsageSubject.address("192.0.2.1")
        let grant = try ledger.grant(
            for: [
                .init(Self.bob, [QuotaRule(.day, .sent, bytes: 1000)]),
                .init(address, [QuotaRule(.month, .combined, bytes: 100)]),
            ], moving: .sent)
        grant.sent.spend(100)
        #expect(grant.exhaustion?.subject == address)
        #expect(ledger.used(by: Self.bob, .day, .sent) == 100)
        #expect(ledger.used(by: address, .day, .sent) == 100)
    }

    @Test func `parallel tests share a quota, and each connection exceeds it by one turn at most`() async throws {
        let (tests, connections, turn) = (4, 4, 131_072)
        let ledger = ledger()
        let rule = QuotaRule(.day, .combined, bytes: 50_000_001)
        let grants = try (0..<tests).map { _ in try grant(ledger, [rule]) }
        await withTaskGroup(of: Void.self) { group in
            for grant in grants {
                for connection in 0..<connections {
                    group.addTask {
                        let allowance = connection.isMultiple(of: 2) ? grant.sent : grant.received
                        while !allowance.isExhausted { allowance.spend(turn) }
                    }
                }
            }
        }
        let used = ledger.used(by: Self.bob, .day, .combined)
        #expect(used >= rule.bytes)
        #expect(used <= rule.bytes + Int64(tests * connections * turn))
        #expect(used == Int64(turn) * (used / Int64(turn)))
    }

    @Test func `threads that spend over many midnights lose no byte`() async throws {
        let ledger = ledger()
        let clock = clock
        let grants = try (0..<4).map { _ in try grant(ledger) }
        let spent = grants.map { _ in HandClock() }
        let lastDay = Self.firstOfOctober + 25
        await withTaskGroup(of: Void.self) { group in
            for (grant, spent) in zip(grants, spent) {
                group.addTask {
                    await DataThread.run("spender") {
                        while clock.day < lastDay {
                            grant.sent.spend(1)
                            spent.now += 1
                        }
                    }
                }
            }
            group.addTask {
                await DataThread.run("clock") {
                    // Two days are live at once, so a thread may be late by one: each ends its turn before the day after.
                    while clock.day < lastDay {
                        let before = spent.map(\.now)
                        clock.now += 86_400
                        while clock.day < lastDay, zip(spent, before).contains(where: { $0.now < $1 + 2 }) {
                            sched_yield()
                        }
                    }
                }
            }
        }
        let total = spent.reduce(0) { $0 + $1.now }
        #expect(total >= 24 * 4 * 2)
        #expect(ledger.used(by: Self.bob, .month, .sent) == total)
        #expect(ledger.takeUnsaved().reduce(0) { $0 + $1.bytesSent } == total)
    }

    @Test func `each byte is given out once to be saved, and again when it could not be`() throws {
        let ledger = ledger()
        let grant = try grant(ledger)
        #expect(ledger.takeUnsaved().isEmpty)
        grant.sent.spend(10)
        grant.received.spend(3)
        let first = DailyUsage(subject: Self.bob, day: Self.firstOfOctober, bytesReceived: 3, bytesSent: 10)
        #expect(ledger.takeUnsaved() == [first])
        #expect(ledger.takeUnsaved().isEmpty)
        grant.sent.spend(1)
        ledger.giveBack([first])
        let both = DailyUsage(subject: Self.bob, day: Self.firstOfOctober, bytesReceived: 3, bytesSent: 11)
        #expect(ledger.takeUnsaved() == [both])
        // Over midnight each day has its own.
        grant.sent.spend(1)
        clock.day += 1
        grant.sent.spend(2)
        clock.day += 1
        grant.sent.spend(4)
        let days = ledger.takeUnsaved().sorted { $0.day < $1.day }
        #expect(days.map(\.day) == (0..<3).map { Self.firstOfOctober + $0 })
        #expect(days.map(\.bytesSent) == [1, 2, 4])
        ledger.giveBack(days)
        #expect(ledger.takeUnsaved().sorted { $0.day < $1.day } == days)
        #expect(ledger.used(by: Self.bob, .month, .combined) == 21)
    }

    @Test func `what could not be saved for months is not lost`() throws {
        let ledger = ledger()
        try grant(ledger).sent.spend(7)
        let unsaved = ledger.takeUnsaved()
        clock.day += 100
        try grant(ledger).sent.spend(1)
        ledger.giveBack(unsaved)
        #expect(ledger.takeUnsaved().map(\.bytesSent).sorted() == [1, 7])
        #expect(ledger.takeUnsaved().isEmpty)
    }

    @Test func `an earlier run's usage counts and is not saved again`() throws {
        let past = [
            DailyUsage(subject: Self.bob, day: Self.firstOfOctober - 1, bytesReceived: 1, bytesSent: 2),
            DailyUsage(subject: Self.bob, day: Self.firstOfOctober, bytesReceived: 10, bytesSent: 20),
            DailyUsage(subject: Self.bob, day: .max, bytesReceived: 1, bytesSent: 1),
            DailyUsage(subject: Self.bob, day: .min, bytesReceived: 1, bytesSent: 1),
        ]
        let ledger = ledger(past: past)
        #expect(ledger.used(by: Self.bob, .day, .combined) == 30)
        #expect(ledger.used(by: Self.bob, .week, .combined) == 33)
        #expect(ledger.used(by: Self.bob, .month, .combined) == 30)
        #expect(ledger.takeUnsaved().isEmpty)
        try grant(ledger).sent.spend(5)
        #expect(ledger.takeUnsaved().map(\.bytesSent) == [5])
        #expect(throws: QuotaExhaustion.self) { try grant(ledger, [QuotaRule(.month, .sent, bytes: 25)]) }
    }

    @Test func `strangers fill no memory, and cannot push out who runs a test or who moved much`() throws {
        let ledger = ledger(mostSubjects: 64)
        func address(_ number: Int) -> QuotaLedger.Quota { .init(.address("192.0.2.\(number)"), []) }
        let running = try ledger.grant(for: [address(0)], moving: .sent)
        running.sent.spend(1)
        try ledger.grant(for: [address(1)], moving: .sent).sent.spend(1_000_000)
        for number in 2..<2000 {
            try ledger.grant(for: [address(number)], moving: .sent).sent.spend(10)
            if number.isMultiple(of: 7) { _ = ledger.takeUnsaved() }
        }
        _ = ledger.takeUnsaved()
        #expect(ledger.used(by: .address("192.0.2.0"), .day, .sent) == 1)
        #expect(ledger.used(by: .address("192.0.2.1"), .day, .sent) == 1_000_000)
        let known = (0..<2000).count { ledger.used(by: .address("192.0.2.\($0)"), .day, .sent) > 0 }
        #expect((56...64).contains(known))
        withExtendedLifetime(running) {}
    }

    @Test func `a user's own rules take the place of the general ones`() {
        let general = [QuotaRule(.day, .sent, bytes: 1), QuotaRule(.day, .received, bytes: 2)]
        let own = [QuotaRule(.day, .sent, bytes: 10), QuotaRule(.month, .sent, bytes: 20)]
        #expect(general.overridden(by: own) == [QuotaRule(.day, .received, bytes: 2)] + own)
        #expect(general.overridden(by: []) == general)
    }

    @Test(arguments: [
        (
            UsageSubject.user("bob"), QuotaPeriod.day, QuotaDirection.sent, 10_000_000_000, 10_299_999_999,
            #"user "bob" has used 10.2 GB of 10 GB for today (out)"#
        ),
        (.user("a\n"), .week, .received, 1500, 1500, #"user "a\n" has used 1.5 kB of 1.5 kB for this week (in)"#),
        (
            .address("192.0.2.1"), .month, .combined, 0, 0,
            "address 192.0.2.1 has used 0 B of 0 B for this month (in and out)"
        ),
        (
            .address("2001:db8::/64"), .day, .sent, 2_500_000_000_000, Int64.max,
            "address 2001:db8::/64 has used 9223372 TB of 2.5 TB for today (out)"
        ),
    ])
    func `a quota that is used up has a sentence`(
        subject: UsageSubject, period: QuotaPeriod, direction: QuotaDirection, bytes: Int64, used: Int64,
        sentence: String
    ) {
        let exhaustion = QuotaExhaustion(subject: subject, rule: QuotaRule(period, direction, bytes: bytes), used: used)
        #expect(exhaustion.description == sentence)
    }
}
