import Foundation
import Testing

/// A folder with a fleet of servers that run as processes of the program, for the time of a test.
struct TestBench {
    let folder: URL
    let btest: ProbeProcess
    let btestPort: Int

    var fleetFile: String { folder.appending(path: "fleet.yaml").path }
    var database: String { folder.appending(path: "fleetprobe.db").path }

    /// Starts a btest server with the account `probe`.
    init() async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "bench-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let password = folder.appending(path: "password")
        try Self.write("right\n", to: password)
        try Self.write("wrong\n", to: folder.appending(path: "wrong"))
        btest = try ProbeProcess([
            "serve", "btest", "--listen", "127.0.0.1:0", "--user", "probe", "--password-file", password.path,
        ])
        btestPort = try await Self.port(of: btest)
    }

    /// Writes a fleet file with the given lines below the credentials.
    func writeFleet(_ text: String) throws {
        let head = """
            version: 1
            seed: test
            credentials:
              core: { user: probe, password_file: password }
              typo: { user: probe, password_file: wrong }

            """
        try Data((head + text).utf8).write(to: URL(fileURLWithPath: fleetFile))
    }

    func remove() {
        btest.signal(SIGTERM)
        try? FileManager.default.removeItem(at: folder)
    }

    /// Waits for the first `listening on` and reads its port.
    static func port(of server: ProbeProcess) async throws -> Int {
        var port: Int?
        try await server.until {
            port = server.errors.firstMatch(of: /listening on [^"]*:([0-9]+)/).flatMap { Int($0.1) }
            return port != nil
        }
        return try #require(port)
    }

    static func write(_ secret: String, to file: URL) throws {
        #expect(
            FileManager.default.createFile(
                atPath: file.path, contents: Data(secret.utf8), attributes: [.posixPermissions: 0o600]))
    }
}
