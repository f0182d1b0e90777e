import FleetModel
import Foundation
import Testing

@testable import Store

@Suite("Targets in the store")
struct TargetRowTests {
    let place: TemporaryStore
    let store: ResultStore

    init() throws {
        place = try TemporaryStore()
        store = try place.open()
    }

    static let router = Target(
        name: "ap-north", system: .router(Router(address: "192.0.2.10")), group: "towers",
        tags: ["site": "north", "a \"quote\"": "ü/x"],
        plan: .init(down: BitRate(bitsPerSecond: 100e6), up: nil), assignments: [])
    static let server = Target(
        name: "own", system: .server(RMBTTarget(access: .direct(.init(address: "2001:db8::1")))), assignments: [])

    @Test("A loaded fleet leaves kind, address, group, tags and plan on its targets")
    func loaded() async throws {
        try await store.update(targets: [Self.server, Self.router], at: Samples.morning)
        #expect(
            try await store.targets() == [
                StoredTarget(
                    name: "ap-north", kind: .router, address: "192.0.2.10:2000", group: "towers",
                    tags: Self.router.tags, plan: Self.router.plan, isInFleet: true),
                StoredTarget(
                    name: "own", kind: .server, address: "[2001:db8::1]:443", group: nil, tags: [:], plan: nil,
                    isInFleet: true),
            ])
    }

    @Test("An address that no fleet names becomes a target with its first run")
    func adHoc() async throws {
        try await store.keep(Samples.failed(1, target: "198.51.100.7"))
        let target = try #require(try await store.targets().first)
        #expect(target.name == "198.51.100.7")
        #expect(target.kind == nil && target.tags.isEmpty && !target.isInFleet)
    }
}
