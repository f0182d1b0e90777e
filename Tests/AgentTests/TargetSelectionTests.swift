import FleetModel
import Testing

@testable import Agent

@Suite("Which targets a report is about")
struct TargetSelectionTests {
    private let tower = Target(
        name: "tower", system: .router(Router(address: "192.0.2.1")), group: "north", tags: ["site": "a=b"],
        assignments: [])

    @Test("Nothing named is all; names, groups and tags must each hold")
    func includes() {
        func includes(_ names: [String] = [], _ groups: [String] = [], _ tags: [String] = []) -> Bool {
            TargetSelection(names: names, groups: groups, tags: tags).includes(tower)
        }
        #expect(TargetSelection.all.isAll && includes())
        #expect(includes(["x", "tower"], ["north"], ["site=a=b"]))
        #expect(!includes(["x"]) && !includes([], ["south"]))
        #expect(!includes([], [], ["site"]) && !includes([], [], ["site=a"]) && !includes([], [], ["site=a=b", "x=1"]))
    }
}
