import Foundation
import Testing

@testable import RMBTControl

@Suite struct TestDeskTests {
    private let one = TestDesk.Candidate(name: "one", maxTests: 1)
    private let four = TestDesk.Candidate(name: "four", maxTests: 4)

    private func desk(_ selection: ServerSelection) -> TestDesk {
        TestDesk(selection: selection, duration: 7, longestWait: 60)
    }

    private func servers(_ selection: ServerSelection, _ count: Int) -> [String] {
        var desk = desk(selection)
        return (0..<count).map { _ in
            guard
                case .granted(let server, let start) = desk.admit(
                    UUID(), of: UUID(), at: UUID().uuidString, among: [one, four], at: 1000)
            else { return "busy" }
            return start == 1000 ? server : "\(server)+\(start - 1000)"
        }
    }

    @Test func `by name the first that has room is taken`() {
        #expect(servers(.name, 3) == ["one", "four", "four"])
    }

    @Test func `by load the one with the smallest share of its places taken`() {
        #expect(servers(.load, 5) == ["one", "four", "four", "four", "four"])
    }

    @Test func `in turn one after the other, and a full one is passed over`() {
        #expect(servers(.roundRobin, 4) == ["one", "four", "four", "four"])
    }

    @Test func `when all are full the place that is free first is waited for`() {
        #expect(servers(.name, 6) == ["one", "four", "four", "four", "four", "one+44"])
    }

    @Test func `one address gets half of a server's places`() {
        var desk = desk(.name)
        func admit(_ source: String) -> TestDesk.Decision {
            desk.admit(UUID(), of: UUID(), at: source, among: [four], at: 0)
        }
        #expect((0..<3).map { _ in admit("greedy") }.last == .granted(server: "four", start: 44))
        #expect(admit("other") == .granted(server: "four", start: 0))
    }

    @Test func `tests end when their time is over`() {
        var desk = desk(.name)
        #expect(
            desk.admit(UUID(), of: UUID(), at: UUID().uuidString, among: [one], at: 0)
                == .granted(server: "one", start: 0))
        #expect(
            desk.admit(UUID(), of: UUID(), at: UUID().uuidString, among: [one], at: 43)
                == .granted(server: "one", start: 44))
        #expect(
            desk.admit(UUID(), of: UUID(), at: UUID().uuidString, among: [one], at: 88)
                == .granted(server: "one", start: 88))
    }

    @Test func `the desk forgets what is long over, and under a flood the oldest`() {
        var desk = TestDesk(selection: .name, duration: 7, longestWait: 60, mostTests: 100)
        let huge = TestDesk.Candidate(name: "huge", maxTests: .max)
        var newest = UUID()
        for number in 0..<500 {
            newest = UUID()
            _ = desk.admit(newest, of: UUID(), at: UUID().uuidString, among: [huge], at: Int64(number / 100))
        }
        #expect(desk.count <= 100)
        #expect(desk.test(newest) != nil)
        _ = desk.admit(UUID(), of: UUID(), at: UUID().uuidString, among: [huge], at: 1_000_000)
        #expect(desk.count == 1)
    }

    @Test func `an allowance comes back with time and its table is bounded`() {
        var allowance = AddressAllowance(perMinute: 60, mostAddresses: 10)
        for _ in 0..<60 { #expect(allowance.use(by: "a", at: 0) == nil) }
        #expect(allowance.use(by: "a", at: 0) == 1)
        #expect(allowance.use(by: "a", at: 1_000_000_000) == nil)
        #expect(allowance.use(by: "a", at: 1_000_000_000) == 1)
        for number in 0..<100 { _ = allowance.use(by: "\(number)", at: 2_000_000_000) }
        #expect(allowance.count <= 10)
    }
}
