import FleetModel
import Foundation
import RMBTControl
import TestSupport
import Testing

@testable import Serving

@Suite("A Control Server's results in a store")
struct StoredControlResultsTests {
    private let store = MemoryStore()
    private let client = UUID()

    private func result(_ second: Double, client: UUID? = nil, megabits: Double = 80) -> ControlResult {
        ControlResult(
            id: UUID(), client: client ?? self.client, server: "süd", clientName: "RMBTws",
            startedAt: Runs.monday + second, duration: .seconds(20),
            download: .init(
                bitsPerSecond: megabits * 1e6, bytes: 70_000_000, nanoseconds: 7_000_000_000, connections: 3),
            pings: [3_000_000, 1_000_000, 2_000_000])
    }

    @Test func `a result reads back as it came, and a second one of its test does not replace it`() async throws {
        let results = StoredControlResults(store: store)
        let first = result(1)
        var second = first
        second.download = nil
        #expect(try await results.store(first))
        #expect(try await results.store(second) == false)
        let kept = try #require(try await results.result(of: first.id))
        #expect(kept.download == first.download && kept.server == "süd" && kept.clientName == "RMBTws")
        #expect(kept.latency == 0.002 && kept.pingCount == 3)
        #expect(try await results.result(of: UUID()) == nil)
    }

    @Test func `a client's history is its own, the newest first, and no client's uuid is in the store`() async throws {
        let results = StoredControlResults(store: store)
        let own = [result(1), result(3), result(2)]
        for one in own + [result(4, client: UUID())] { #expect(try await results.store(one)) }
        #expect(try await results.history(of: client, limit: 2).map(\.id) == [own[1].id, own[2].id])
        #expect(try await results.history(of: UUID(), limit: 9).isEmpty)
        #expect(!"\(store.results)".lowercased().contains(client.uuidString.lowercased()))
    }

    @Test func `a run of the fleet is no client's result, and a store that is full says so`() async throws {
        let results = StoredControlResults(store: store)
        try await store.keep(Runs.measured(1))
        #expect(try await results.result(of: Runs.id(1)) == nil)
        store.fail(with: .init())
        await #expect(throws: MemoryStore.Fault.self) { try await results.store(result(1)) }
    }
}
