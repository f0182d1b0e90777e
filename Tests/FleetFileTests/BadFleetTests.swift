import FleetFile
import FleetModel
import Foundation
import Testing
import TestSupport

/// Each `Fixtures/bad/NAME.yaml` has its exact problems in `NAME.expected`.
@Suite("A bad fleet file")
struct BadFleetTests {
    private static let folder = Bundle.module.url(forResource: "Fixtures/bad", withExtension: nil)

    static var names: [String] {
        let files = folder.flatMap { try? FileManager.default.contentsOfDirectory(atPath: $0.path) } ?? []
        return files.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
    }

    @Test func `there are fixtures`() {
        #expect(Self.names.count >= 35)
    }

    @Test(arguments: names)
    func `is answered by exactly these sentences`(name: String) throws {
        let source = try #require(Self.folder)
        let folder = try TemporaryFolder(copying: source)
        defer { folder.remove() }
        let path = folder.path + "/\(name).yaml"
        let loader = FleetLoader(checkingSecrets: name == "secrets")
        let error = #expect(throws: FleetFileError.self) { try loader.load(path: path) }
        let expected = try String(contentsOf: source.appendingPathComponent("\(name).expected"), encoding: .utf8)
        let found = error?.description.replacingOccurrences(of: folder.path + "/", with: "") ?? ""
        #expect(found + "\n" == expected)
    }

    @Test func `never has a secret repeated in its problems`() throws {
        let source = try #require(Self.folder)
        for name in Self.names {
            let text = try String(contentsOf: source.appendingPathComponent("\(name).expected"), encoding: .utf8)
            #expect(!text.contains("hunter2"), "\(name)")
        }
    }
}
