import FleetFile
import FleetModel
import Foundation
import Testing
import TestSupport

@Suite("A fleet file from a pipe")
struct FleetFromPipeTests {
    @Test func `is read, with paths relative to the working directory`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let pipe = folder.path + "/pipe"
        #expect(mkfifo(pipe, 0o600) == 0)
        let text = """
            version: 1
            probes: { tcp: { btest: {} } }
            routers: [{ name: r1, address: 192.0.2.1, probes: [tcp], schedule: { every: 6h } }]

            """
        Thread {
            let descriptor = open(pipe, O_WRONLY)
            write(descriptor, text, text.utf8.count)
            close(descriptor)
        }.start()
        let fleet = try FleetLoader().load(path: pipe).fleet
        #expect(fleet.targets.map(\.name) == ["r1"])
        #expect(fleet.storePath == FileManager.default.currentDirectoryPath + "/fleetprobe.db")
    }
}
