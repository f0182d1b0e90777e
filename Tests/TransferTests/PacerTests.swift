import Testing

@testable import Transfer

@Suite struct PacerTests {
    /// Sends whatever is allowed and sleeps until the named instant, late by `oversleep`, for ten virtual seconds.
    private func bytesPer100Milliseconds(
        rate: Double, oversleep: Int64, smallestWrite: Int = 1, interval: Int64 = Pacer.defaultInterval,
        lateness: Int64? = nil
    ) -> [Int] {
        var pacer = Pacer(
            bitsPerSecond: rate, smallestWrite: smallestWrite, interval: interval, lateness: lateness, now: 0)
        var windows = [Int](repeating: 0, count: 100)
        var now: Int64 = 0
        while now < 10_000_000_000 {
            let allowed = pacer.allowance(at: now)
            if allowed == 0 {
                let next = pacer.nextAllowance()
                #expect(next > now)
                now = next + oversleep
                continue
            }
            let write = min(allowed, 131_072)
            windows[Int(now / 100_000_000)] += write
            pacer.sent(write)
        }
        return windows
    }

    @Test(arguments: [1e6, 1e7, 1e8, 1e9, 1e10])
    func `the mean is within 1 % and no 100 ms carry 10 % more`(rate: Double) {
        for oversleep: Int64 in [0, 60_000, 1_000_000] {
            let windows = bytesPer100Milliseconds(rate: rate, oversleep: oversleep)
            let mean = Double(windows.dropFirst(10).reduce(0, +)) * 8 / 9
            #expect(abs(mean - rate) < 0.01 * rate)
            #expect(windows.allSatisfy { Double($0) * 80 < 1.1 * rate })
        }
    }

    @Test(arguments: [1e5, 1e6, 5e6, 5e7])
    func `the longer steps of streams that share a thread keep the mean, too, and no 100 ms carry 10 % more`(
        rate: Double
    ) {
        for oversleep: Int64 in [0, 60_000, 500_000, 1_000_000] {
            let windows = bytesPer100Milliseconds(
                rate: rate, oversleep: oversleep, interval: Pacer.sharedInterval, lateness: Pacer.sharedLateness)
            let mean = Double(windows.dropFirst(10).reduce(0, +)) * 8 / 9
            #expect(abs(mean - rate) < 0.01 * rate)
            #expect(windows.allSatisfy { Double($0) * 80 < 1.1 * rate })
        }
    }

    @Test(arguments: [1e6, 5e6, 5e7], [1, 1500])
    func `streams that share a thread keep the mean where every turn is late`(rate: Double, smallestWrite: Int) {
        let interval = smallestWrite == 1 ? Pacer.sharedInterval : 1_000_000
        let windows = bytesPer100Milliseconds(
            rate: rate, oversleep: 6_000_000, smallestWrite: smallestWrite, interval: interval,
            lateness: Pacer.sharedLateness)
        let mean = Double(windows.dropFirst(10).reduce(0, +)) * 8 / 9
        #expect(abs(mean - rate) < 0.02 * rate)
    }

    @Test(arguments: [1e6, 5e7, 1e9])
    func `short stalls are made up for, and no 100 ms carry 10 % more`(rate: Double) {
        var pacer = Pacer(bitsPerSecond: rate, now: 0)
        var windows = [Int](repeating: 0, count: 100)
        var now: Int64 = 0
        // Every 400 ms the sender does not run for 15 ms.
        while now < 10_000_000_000 {
            if now % 400_000_000 < 15_000_000 { now += 15_000_000 }
            let allowed = pacer.allowance(at: now)
            if allowed == 0 {
                now = pacer.nextAllowance() + 60_000
                continue
            }
            let write = min(allowed, 131_072)
            if windows.indices.contains(Int(now / 100_000_000)) { windows[Int(now / 100_000_000)] += write }
            pacer.sent(write)
        }
        let mean = Double(windows.dropFirst(10).reduce(0, +)) * 8 / 9
        #expect(abs(mean - rate) < 0.01 * rate)
        #expect(windows.allSatisfy { Double($0) * 80 < 1.1 * rate })
    }

    @Test func `a stall is not made up for by a burst`() {
        var pacer = Pacer(bitsPerSecond: 80e6, now: 0)
        // Ten seconds in which nothing could be sent leave 5 ms worth at once: 50 kB.
        #expect(pacer.allowance(at: 10_000_000_000) == 50_000)
    }

    @Test func `idle time that is forgotten is not made up for, and what was sent too early is not forgiven`() {
        var pacer = Pacer(bitsPerSecond: 80e6, now: 0)
        pacer.forgetIdleTime(at: 10_000_000_000)
        // One step of 2 ms, and 10 ms later no more than 10 ms have earned.
        #expect(pacer.allowance(at: 10_000_000_000) == 20_000)
        pacer.sent(20_000)
        pacer.sent(1_000_000)
        pacer.forgetIdleTime(at: 10_010_000_000)
        #expect(pacer.nextAllowance() == 10_102_000_000)
    }
}
