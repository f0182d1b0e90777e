import FleetModel
import Foundation
import Testing

@testable import Scheduler

/// The clock is set while the agent runs, or was wrong before it.
extension SchedulerStateTests {
    @Test func `never fires a slot twice when the clock goes back by seconds`() throws {
        var state = state([Make.target("r1", schedule: [Make.every(60, jitter: .uniform(limit: .seconds(1)))])])
        var numbers: [Int64] = []
        for step in 0..<600 {
            // A minute forward in seconds, then 40 seconds back, again and again.
            let now = Make.time(Double(step / 60 * 20 + step % 60))
            for request in state.timePassed(now).started {
                numbers.append(request.slot?.number ?? -1)
                _ = state.runEnded(request, with: Make.result(of: request, at: now), at: now)
            }
        }
        #expect(Set(numbers).count == numbers.count)
        #expect(numbers.count >= 3)
    }

    @Test func `a slot has one run that counts, however often the clock is set`() throws {
        var state = state([Make.target("r1", schedule: [Make.every(600)])])
        // As the store keeps them: the row of each slot, given up where its run lies ahead of the clock.
        var rows: [Int64: Date] = [:]
        var runs = 0
        for step in 0..<600 {
            // An hour forward in minutes, then 40 minutes back, again and again.
            let now = Make.time(Double(step / 60 * 1200 + step % 60 * 60))
            for action in state.timePassed(now) {
                switch action {
                case .clockJumped(_, let to): rows = rows.filter { $0.value <= to + 60 }
                case .start(let request):
                    runs += 1
                    let number = try #require(request.slot?.number)
                    #expect(rows[number] == nil)
                    rows[number] = now
                    _ = state.runEnded(request, with: Make.result(of: request, at: now), at: now)
                default: break
                }
            }
        }
        // 3.6 h of ten-minute slots have their rows, and no time of the right clock was silent.
        #expect(rows.count >= 20 && runs > rows.count)
    }

    @Test(arguments: [3600, 86_400, 169_200, 283_824_000] as [Double])
    func `goes on where it should after the clock was ahead, restarted or not`(lead: Double) throws {
        let entry = Make.every(600)
        let expected = try firstSlot("r1", entry, from: Make.time(30))
        // Without a restart: the clock goes back while the scheduler runs.
        var state = state([Make.target("r1", schedule: [entry])], now: Make.time(lead))
        var now = lead
        for _ in 0..<40 {
            now += 60
            for request in state.timePassed(Make.time(now)).started {
                _ = state.runEnded(request, with: Make.result(of: request, at: Make.time(now)), at: Make.time(now))
            }
        }
        let back = state.timePassed(Make.time(30))
        #expect(back.contains(.clockJumped(from: Make.time(now), to: Make.time(30))))
        #expect(back.notes.count == 1 && back.wait == expected.earliest)
        let started = state.timePassed(expected.earliest).started
        #expect(started.map(\.slot?.number) == [expected.number])
        // With one: the store's newest slot is ahead.
        let slot = try firstSlot("r1", entry, from: Make.time(lead))
        var after = self.state(
            [Make.target("r1", schedule: [entry])], recorded: ["r1/tcp/0": slot.number], now: Make.time(30))
        let actions = after.timePassed(Make.time(30))
        #expect(actions.notes.count == 1 && actions.wait == expected.earliest)
    }

    @Test func `a run that began ahead of the clock leaves its slot to the one that is due then`() throws {
        let entry = Make.every(600)
        var state = state([Make.target("r1", schedule: [entry])])
        let slot = try firstSlot("r1", entry)
        let ahead = try #require(state.timePassed(slot.earliest).started.first)
        let back = slot.earliest.addingTimeInterval(-400)
        let ended = state.runEnded(ahead, with: Make.result(of: ahead, at: slot.earliest), at: back)
        let kept = try #require(ended.recorded.first)
        #expect(kept.slot == nil && kept.jobID == "r1/tcp/0" && kept.flags == ["clock-wrong"])
        #expect(state.timePassed(slot.earliest).started.map(\.slot?.number) == [slot.number])
    }

    @Test func `a failure that waits for another try is kept when the clock goes back behind its slot`() throws {
        let entry = Make.every(3600)
        var state = state([Make.target("r1", schedule: [entry])])
        let slot = try firstSlot("r1", entry)
        let request = try #require(state.timePassed(slot.earliest).started.first)
        let failed = Make.result(of: request, .failed(ProbeFailure(.timeout, "no answer")), at: slot.earliest)
        #expect(state.runEnded(request, with: failed, at: slot.earliest).recorded.isEmpty)
        let back = state.timePassed(slot.earliest.addingTimeInterval(-1800))
        #expect(back.recorded.map(\.flags) == [["clock-wrong"]] && back.recorded.first?.slot == nil)
        #expect(state.timePassed(slot.earliest).started.count == 1)
    }

    @Test func `says that the clock went forward, and not that a minute passed`() throws {
        var state = state([Make.target("r1", schedule: [Make.every(86_400)])])
        _ = state.timePassed(Make.start)
        #expect(!state.timePassed(Make.time(60)).contains { if case .clockJumped = $0 { true } else { false } })
        #expect(
            state.timePassed(Make.time(3660)).contains(.clockJumped(from: Make.time(60), to: Make.time(3660))))
    }

    @Test func `says that the clock went back`() {
        var state = state([Make.target("r1", schedule: [Make.every(600)])])
        _ = state.timePassed(Make.time(3600))
        #expect(
            state.timePassed(Make.time(0)).notes
                == ["the clock went back from 2026-03-02T01:00:00Z to 2026-03-02T00:00:00Z"])
        #expect(state.timePassed(Make.time(-0.5)).notes.isEmpty)
    }

    @Test func `notices that the clock went back whatever event comes first`() throws {
        var state = state(try rush(["r1", "r2"]))
        let request = try #require(state.timePassed(Make.time(3600)).started.first)
        let actions = state.runEnded(request, with: Make.result(of: request), at: Make.time(1800))
        #expect(actions.notes.count == 1 && actions.started.isEmpty)
        #expect(actions.wait == Make.time(3600))
    }

    @Test func `goes on at once when a clock that was years ahead is set right`() throws {
        let entry = Make.every(3600)
        var state = state([Make.target("r1", schedule: [entry])])
        _ = state.timePassed(Make.start)
        _ = state.timePassed(Make.time(4 * 366 * 86400))
        let wait = state.timePassed(Make.time(60)).wait
        #expect(wait == (try firstSlot("r1", entry, from: Make.time(60))).earliest)
    }

    @Test func `does not let a waiting slot start before its time after the clock went back`() throws {
        var state = state(try rush(["r1", "r2"]))
        let started = state.timePassed(Make.time(3600)).started
        let request = try #require(started.first)
        _ = state.timePassed(Make.time(1800))
        #expect(state.runEnded(request, with: Make.result(of: request), at: Make.time(1810)).started.isEmpty)
        #expect(state.timePassed(Make.time(3600)).started.count == 1)
    }

    @Test func `runs a slot of the store again only where the clock that recorded it was wrong`() throws {
        let entry = Make.every(600)
        let slot = try firstSlot("r1", entry, from: Make.time(7200))
        for (step, isAgain) in [(30.0, false), (7200, true)] {
            let now = slot.earliest.addingTimeInterval(10)
            var state = state([Make.target("r1", schedule: [entry])], recorded: ["r1/tcp/0": slot.number], now: now)
            _ = state.timePassed(now)
            let back = now.addingTimeInterval(-step)
            _ = state.timePassed(back)
            #expect((state.timePassed(slot.earliest).started.first?.slot?.number == slot.number) == isAgain)
        }
    }

    @Test func `does not believe slots in the store that are ahead of the clock`() throws {
        let entry = Make.every(3600)
        let slot = try firstSlot("r1", entry)
        for lead in [3600, 2 * 86_400, 365 * 86_400] as [Int64] {
            let future: [String: Int64] = ["r1/tcp/0": slot.number + lead]
            var state = state([Make.target("r1", schedule: [entry])], recorded: future)
            let actions = state.timePassed(Make.start)
            #expect(actions.wait == slot.earliest && actions.notes.count == 1)
        }
    }
}
