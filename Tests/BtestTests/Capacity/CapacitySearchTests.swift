import TestSupport
import Testing

@testable import Btest

/// The search against ways that exist on paper alone.
@Suite(.onlyComputes) struct CapacitySearchTests {
    /// What a way makes of a rate.
    private struct Way {
        var capacity = Double.infinity
        /// Lost at any rate.
        var loss = 0.0
        /// What the sender can send at most.
        var sender = Double.infinity
        /// Where too much makes the router carry less than it can.
        var collapses = false
        var seconds = 2.0

        func carry(_ rate: Double, _ chance: inout SeededGenerator) -> CapacitySearch.Step {
            let sent = min(rate, sender)
            let packets = max((sent * seconds / 12_000).rounded(), 1)
            var room = packets
            if sent > capacity { room = packets * capacity / sent * (collapses ? capacity / sent : 1) }
            let lostByChance =
                loss > 0 ? Double((0..<Int(room)).count { _ in Double.random(in: 0..<1, using: &chance) < loss }) : 0
            let arrived = room.rounded(.down) - lostByChance
            return .init(asked: rate, received: arrived * 12_000 / seconds, loss: 1 - arrived / packets)
        }
    }

    private func run(
        _ way: Way, ceiling: Double = 4e9, seed: UInt64 = 1
    ) -> (search: CapacitySearch, ending: CapacitySearch.Ending) {
        var search = CapacitySearch(ceiling: ceiling)
        var chance = SeededGenerator(seed: seed)
        var move = CapacitySearch.Move.measure(search.first)
        while case .measure(let rate) = move { move = search.measured(way.carry(rate, &chance)) }
        guard case .done(let ending) = move else { return (search, .limit) }
        return (search, ending)
    }

    @Test(arguments: [0.3e6, 0.9e6, 1e6, 1.3e6, 5e6, 50e6, 97e6, 333e6, 1e9, 2.5e9])
    func `finds the knee of a link to 6 percent, in at most 22 steps`(capacity: Double) {
        for collapses in [false, true] {
            let (search, ending) = run(Way(capacity: capacity, collapses: collapses))
            #expect(ending == .found)
            let knee = search.knee?.received ?? 0
            #expect(knee > capacity * 0.94 && knee <= capacity * 1.02, "\(knee) of \(capacity)")
            #expect(search.knee?.isGood == true)
            #expect(search.steps.count <= 22)
        }
    }

    @Test func `a bound that is never reached is told as one`() {
        let (search, ending) = run(Way(), ceiling: 100e6)
        #expect(ending == .ceiling)
        #expect(search.steps.map(\.asked) == [1e6, 2e6, 4e6, 8e6, 16e6, 32e6, 64e6, 100e6])
        #expect(search.knee?.received ?? 0 > 99e6)
        #expect(run(Way(sender: 30e6)).ending == .senderLimit)
        #expect(abs((run(Way(sender: 30e6)).search.knee?.received ?? 0) / 30e6 - 1) < 0.01)
    }

    @Test(arguments: [0.02, 0.05, 0.2, 0.5])
    func `loss that does not come from the rate ends it soon, and is no knee at all`(loss: Double) {
        for seed in 1...20 as ClosedRange<UInt64> {
            let (search, ending) = run(Way(capacity: 100e6, loss: loss), seed: seed)
            #expect(ending == .randomLoss, "\(loss) \(seed): \(search.steps)")
            #expect(search.steps.count < 12)
        }
    }

    @Test func `a few lost at random do not hide the knee`() {
        for seed in 1...20 as ClosedRange<UInt64> {
            let (search, ending) = run(Way(capacity: 50e6, loss: 0.002), seed: seed)
            #expect(ending == .found)
            #expect(abs((search.knee?.received ?? 0) / 50e6 - 1) < 0.07, "\(search.steps)")
        }
    }

    @Test func `one bad moment is no knee`() {
        var search = CapacitySearch(ceiling: 8e6)
        #expect(search.measured(.init(asked: 1e6, received: 1e6, loss: 0)) == .measure(2e6))
        #expect(search.measured(.init(asked: 2e6, received: 0.9e6, loss: 0.55)) == .measure(2e6))
        #expect(search.measured(.init(asked: 2e6, received: 2e6, loss: 0)) == .measure(4e6))
        #expect(search.knee?.asked == 2e6)
    }

    @Test func `a sender that ignores the rate, and a way that loses all, end it`() {
        var search = CapacitySearch(ceiling: 1e9)
        #expect(search.measured(.init(asked: 1e6, received: 100e6, loss: 0)) == .done(.rateIgnored))
        var dead = CapacitySearch(ceiling: 1e9)
        var move = CapacitySearch.Move.measure(dead.first)
        while case .measure(let rate) = move { move = dead.measured(.init(asked: rate, received: 0, loss: 1)) }
        #expect(move == .done(.lossAtLowestRate))
        #expect(dead.steps.count < 8)
        #expect(dead.knee == nil)
    }

    @Test func `whatever it is told, it ends and asks for rates within its bounds`() {
        for seed in 1...300 as ClosedRange<UInt64> {
            var chance = SeededGenerator(seed: seed)
            let ceiling = [0, 1e3, 1e6, 3e7, 1e10, .infinity, .nan].randomElement(using: &chance) ?? 1e6
            var search = CapacitySearch(ceiling: ceiling)
            var move = CapacitySearch.Move.measure(search.first)
            while case .measure(let rate) = move {
                #expect(rate >= 60_000 && rate <= max(search.first, ceiling.isFinite ? ceiling : 64_000))
                let loss = [0, 0.005, 0.02, 0.5, 1, .nan].randomElement(using: &chance) ?? 0
                let received = [0, rate / 2, rate, rate * 1.2, .nan, .infinity].randomElement(using: &chance) ?? 0
                move = search.measured(.init(asked: rate, received: received, loss: loss))
                try? #require(search.steps.count <= CapacitySearch.mostSteps)
                if search.steps.count > CapacitySearch.mostSteps { break }
            }
            #expect(search.steps.count <= CapacitySearch.mostSteps)
        }
    }
}
