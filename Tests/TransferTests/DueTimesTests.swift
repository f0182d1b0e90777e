import TestSupport
import Testing

@testable import Transfer

@Suite struct DueTimesTests {
    @Test func `waits that are set, moved and taken out end in the order of their instants`() {
        var random = SeededGenerator(seed: 4)
        var due = DueTimes()
        var model: [Int: Int64] = [:]
        for _ in 0..<20_000 {
            let slot = Int.random(in: 0..<50, using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<6:
                let instant = Int64.random(in: 0..<1000, using: &random)
                due.set(slot, at: instant)
                model[slot] = instant
            case 6..<8:
                due.remove(slot)
                model[slot] = nil
            default:
                let now = Int64.random(in: 0..<1000, using: &random)
                let taken = due.takeDue(at: now)
                let earliest = model.values.min()
                #expect((taken != nil) == (earliest.map { $0 <= now } ?? false))
                if let taken {
                    #expect(model[taken] == earliest)
                    model[taken] = nil
                }
            }
            #expect(due.count == model.count)
            #expect(due.earliest == model.values.min())
        }
    }
}
