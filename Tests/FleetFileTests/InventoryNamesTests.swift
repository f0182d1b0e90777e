import FleetFile
import FleetModel
import Foundation
import Testing
import TestSupport

@Suite("Names as inventories have them")
struct InventoryNamesTests {
    private func load(_ text: String) throws -> LoadedFleet {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        return try FleetLoader().load(path: folder.write("version: 1\n" + text, to: "fleet.yaml"))
    }

    private func fleet(ofRouter name: String) throws -> Fleet {
        let quoted = "\"" + name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
        return try load(
            """
            probes: { tcp: { btest: {} } }
            routers: [{ name: \(quoted), address: 192.0.2.1, probes: [tcp], schedule: { every: 6h } }]
            """
        ).fleet
    }

    @Test(arguments: [
        "Tower North", "Mühlbach 3", "Switch (1st floor)", "tcp/ip", "100 %", "..", "../etc", "a, \"b\"", "it's",
        "=1+1", "-x",
        "северная башня", "北塔", "برج الشمال", "📡 roof", "a\u{301}\u{302}", "r1",
    ])
    func `are names`(name: String) throws {
        let fleet = try fleet(ofRouter: name)
        #expect(fleet.targets.map(\.name) == [name])
        #expect(fleet.target(named: name) != nil)
    }

    @Test func `have up to 64 characters, in any script`() throws {
        for character in ["x", "ü", "界", "👩"] {
            _ = try fleet(ofRouter: String(repeating: character, count: 64))
            #expect(throws: FleetFileError.self) { try fleet(ofRouter: String(repeating: character, count: 65)) }
        }
        // One character of very many parts is not what an inventory has.
        #expect(throws: FleetFileError.self) { try fleet(ofRouter: "a" + String(repeating: "\u{301}", count: 300)) }
    }

    @Test func `are the same however Unicode writes them, and kept in one form`() throws {
        let composed = "Mühlbach", decomposed = "Mu\u{308}hlbach"
        #expect(!composed.utf8.elementsEqual(decomposed.utf8))
        let loaded = try load(
            """
            probes: { "\(decomposed)": { latency: {} } }
            groups: { "\(decomposed)": { tags: { "\(decomposed)": "\(decomposed)" } } }
            routers: [{ name: "\(decomposed)", address: 192.0.2.1, probes: ["\(composed)"], group: "\(composed)", schedule: { every: 6h } }]
            """)
        let target = try #require(loaded.fleet.target(named: composed))
        let names = [
            target.name, target.group ?? "", target.assignments.first?.probe.name ?? "", target.tags[composed] ?? "",
        ]
        #expect(names.allSatisfy { $0.utf8.elementsEqual(composed.utf8) }, "\(names)")
        #expect(loaded.fleet.jobs.map(\.id).allSatisfy { $0.utf8.elementsEqual("\(composed)/\(composed)/0".utf8) })
    }

    @Test(arguments: [
        ("r1", "r1/tcp/0"), ("Tower North", "Tower North/tcp/0"), ("a/b", "a%2Fb/tcp/0"), ("100 %", "100 %25/tcp/0"),
        ("a%2Fb", "a%252Fb/tcp/0"), ("/\u{301}", "%2F\u{301}/tcp/0"),
    ])
    func `make job names that cannot be mistaken for one another`(name: String, job: String) throws {
        #expect(try fleet(ofRouter: name).jobs.map(\.id) == [job])
    }

    // MARK: Schedule entries

    private func jobs(_ schedule: String) throws -> [String] {
        try load(
            """
            probes: { tcp: { btest: {} } }
            routers: [{ name: r1, address: 192.0.2.1, probes: [tcp], schedule: \(schedule) }]
            """
        ).fleet.jobs.map(\.id)
    }

    @Test func `an entry's job goes by its name, and those without one are numbered among themselves`() throws {
        #expect(try jobs("{ every: 6h }") == ["r1/tcp/0"])
        #expect(try jobs("[{ every: 6h }, { every: 12h }]") == ["r1/tcp/0", "r1/tcp/1"])
        #expect(try jobs("{ name: day, every: 6h }") == ["r1/tcp/day"])
        #expect(
            try jobs(
                "[{ name: night, cron: \"0 2 * * *\" }, { every: 6h }, { name: day/1, every: 3h }, { every: 12h }]")
                == ["r1/tcp/night", "r1/tcp/0", "r1/tcp/day/1", "r1/tcp/1"])
    }

    @Test func `a list without names is recommended some, and nothing else is`() throws {
        func recommended(_ schedule: String) throws -> [String] {
            let loaded = try load(
                """
                probes: { tcp: { btest: {} } }
                defaults: { probes: [tcp], schedule: \(schedule) }
                routers: [{ name: r1, address: 192.0.2.1 }, { name: r2, address: 192.0.2.2 }]
                """)
            #expect(loaded.warnings.isEmpty)
            return loaded.recommendations.map { "\($0.line):\($0.column): \($0.what), \($0.remedy)" }
        }
        #expect(
            try recommended("[{ name: a, every: 6h }, { every: 12h }]") == [
                "3:63: an entry of several has no name and is known by its number, "
                    + "add name: evening, for example, so that it keeps its past when others come before it"
            ])
        #expect(try recommended("[{ name: a, every: 6h }, { name: b, every: 12h }]") == [])
        #expect(try recommended("[{ every: 6h }]") == [])
        #expect(try recommended("{ every: 6h }") == [])
    }
}
