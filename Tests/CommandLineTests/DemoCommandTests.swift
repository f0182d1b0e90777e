import Foundation
import Testing

@testable import Store

@Suite(.timeLimit(.minutes(2))) struct DemoCommandTests {
    @Test func `a short demo leaves fleet file, database and report`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "demo-" + UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        let demo = try await ProbeProcess.run(["demo", "--out", folder.path, "--duration", "14s"])
        #expect(demo.status == 0, "\(demo.errors)")
        #expect(demo.output.contains("here is your report:     \(folder.path)/report/index.html"))
        let store = try ResultStore(path: folder.path + "/fleetprobe.db", access: .readOnly)
        let runs = try await store.runs()
        #expect(runs.contains { $0.kind == .btest && $0.outcome == .measured })
        #expect(try await ProbeProcess.run(["check", folder.path + "/fleet.yaml"]).status == 0)
        for name in ["fleetprobe.db", "secrets/router", "secrets/rmbt", "secrets/certificate-key.pem"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: folder.path + "/" + name)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
    }

    @Test func `a demo does not write into somebody's folder`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "demo-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data("mine".utf8).write(to: folder.appending(path: "thesis.txt"))
        let demo = try await ProbeProcess.run(["demo", "--out", folder.path])
        #expect(demo.status == 78)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["thesis.txt"])
    }
}
