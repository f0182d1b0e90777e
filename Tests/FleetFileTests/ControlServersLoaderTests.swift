import FleetFile
import FleetModel
import Foundation
import Testing
import TestSupport

@Suite struct ControlServersLoaderTests {
    private func load(_ text: String, hasCommonKeys: Bool = true) throws -> [ControlServerEntry] {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = folder.path + "/servers.yaml"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return try ControlServersLoader(hasCommonKeys: hasCommonKeys).load(path: path)
    }

    @Test func `a server needs a name and an address alone`() throws {
        let text = """
            version: 1
            servers:
              - { name: one, address: rmbt.example.net }
              - { name: two, address: "2001:db8::1", port: 8081, tls: false, type: RMBTws, max_tests: 3 }
            """
        #expect(
            try load(text) == [
                ControlServerEntry(name: "one", address: "rmbt.example.net", port: 443),
                ControlServerEntry(
                    name: "two", address: "2001:db8::1", port: 8081, tls: false, kind: .webSocket, maxTests: 3),
            ])
    }

    @Test(arguments: [
        ("", "the servers file is empty, begin with \"version: 1\""),
        ("servers: [{ name: a, address: b }]", "a servers file needs \"version\", begin with \"version: 1\""),
        ("version: 1", "a servers file needs \"servers\", list at least one with its name and address"),
        ("version: 1\nservers: []", "a servers file needs \"servers\", list at least one with its name and address"),
        ("version: 1\nservers: [7]", "a server must be a map"),
    ])
    func `files without servers say so`(text: String, sentence: String) {
        let error = #expect(throws: FleetFileError.self) { try load(text) }
        #expect(error?.description.contains(sentence) == true, "\(error?.description ?? "")")
    }

    @Test func `a server on the command line is a name, a place and options`() throws {
        #expect(
            try ControlServerEntry(parsing: "own=192.0.2.1:443")
                == ControlServerEntry(name: "own", address: "192.0.2.1", port: 443))
        #expect(
            try ControlServerEntry(parsing: "own=[2001:db8::1]:8081,tls,type=http,max-tests=4")
                == ControlServerEntry(
                    name: "own", address: "2001:db8::1", port: 8081, tls: true, kind: .http, maxTests: 4))
        for text in [
            "", "=", "own=", "own=:1", "own=a:0", "own=a:65536", "own=a b:1", " =a:1", "own=a:1,", "own=a:1,tls=no",
        ] {
            #expect(throws: ControlServerEntry.Invalid.self) { try ControlServerEntry(parsing: text) }
        }
    }
}
