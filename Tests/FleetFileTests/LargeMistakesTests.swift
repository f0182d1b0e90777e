import FleetFile
import FleetModel
import Foundation
import Testing
import TestSupport

/// What somebody generated wrongly, or a stranger got into the file, costs no more than its size.
@Suite("A large file with many mistakes")
struct LargeMistakesTests {
    private static let many = 40_000
    private static let head = "version: 1\nprobes: { tcp: { btest: {} } }\n"

    /// Loads the text and gives its error with the CPU seconds that this took: other work on the machine does not count.
    private func complaint(_ text: String) throws -> (error: FleetFileError?, seconds: Double) {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = try folder.write(text, to: "fleet.yaml")
        let began = Self.cpuSeconds()
        do {
            _ = try FleetLoader().load(path: path)
            return (nil, Self.cpuSeconds() - began)
        } catch {
            return (error, Self.cpuSeconds() - began)
        }
    }

    private static func cpuSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    static var files: [(name: String, text: String)] {
        let lines = { (line: (Int) -> String) in (0..<many).map { line($0) }.joined(separator: "\n") + "\n" }
        return [
            ("equal keys", head + lines { _ in "store: a.db" }),
            ("pairs of equal keys", head + lines { "k\($0 / 2): 1" }),
            ("equal keys in braces", head + "defaults: {" + String(repeating: "a: 1, ", count: many) + "}\n"),
            ("unknown keys", head + lines { "k\($0): 1" }),
            ("unknown keys in defaults", head + "defaults:\n" + lines { "  scedule\($0): 1" }),
            ("equal names", head + "routers:\n" + lines { _ in "  - { name: r1, address: 192.0.2.1 }" }),
            (
                "dangling references",
                head + "credentials:\n" + (0..<5000).map { "  c\($0): { user: a, password_env: A }\n" }.joined()
                    + "routers:\n" + lines { "  - { name: r\($0), address: 192.0.2.1, credential: d\($0) }" }
            ),
            (
                "a long list of one probe",
                head + "routers: [{ name: r1, address: 192.0.2.1, probes: [" + String(repeating: "tcp, ", count: many)
                    + "] }]\n"
            ),
            ("tags", head + "defaults: { tags: {" + (0..<many).map { "t\($0): a, " }.joined() + "} }\nrouters: [7]\n"),
            ("false blanks", head + lines { _ in "\u{A0} a: 1" }),
            ("a long value", head + "store: " + String(repeating: "x", count: 3_000_000) + "\n"),
            (
                "aliases of a long value",
                head + "seed: &a " + String(repeating: "x", count: 1_000_000) + "\nrouters:\n"
                    + String(repeating: "  - *a\n", count: many)
            ),
            (
                "aliases of a router",
                head + "routers:\n  - &a { name: r1, address: 192.0.2.1 }\n" + lines { _ in "  - *a" }
            ),
            ("brackets", head + "routers: " + String(repeating: "[", count: 1_000_000) + "\n"),
            (
                "lists in brackets",
                head + "routers: " + String(repeating: "[", count: 900) + String(repeating: "a, ", count: many) + "\n"
            ),
            ("deep indentation", head + (0..<900).map { String(repeating: " ", count: $0) + "a:\n" }.joined()),
        ]
    }

    @Test(arguments: files)
    func `is answered at once`(name: String, text: String) throws {
        let (error, seconds) = try complaint(text)
        let found = try #require(error)
        // 0.1 to 0.9 s in a release build, three to six times that in one for tests.
        #expect(seconds < 6, "\(name) took \(seconds) s")
        #expect(found.problems.count <= 500)
        #expect(found.description.utf8.count < 500_000)
    }

    @Test func `is told with the first problems and the number of the others`() throws {
        let text = Self.head + (0..<1700).map { "k\($0): 1\n" }.joined() + "routers: []\n"
        let error = try #require(try complaint(text).error)
        #expect(error.count == 1701 && error.problems.count == 500 && error.unsaid == 1201)
        #expect(error.description.hasSuffix("\nand 1201 more problems: fix these first"))
    }

    @Test func `has its equal keys told as far as the file was checked`() throws {
        let error = try complaint(Self.head + String(repeating: "store: a.db\n", count: 40_000)).error
        #expect(
            error?.problems.last?.description.hasSuffix(
                "duplicate key, found \"store\", keep one of them; the rest of the file was not checked") == true)
        // A small one is checked to its end.
        let small = try complaint(Self.head + "store: a\nstore: b\nseed: c\nseed: d\nquality: 1\n").error
        #expect(small?.problems.map(\.line) == [1, 4, 6, 7])
    }
}
