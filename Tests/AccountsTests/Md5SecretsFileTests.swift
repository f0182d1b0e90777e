import Foundation
import Testing

@testable import Accounts

@Suite struct Md5SecretsFileTests {
    let place: TemporaryAccounts
    let file: Md5SecretsFile

    init() throws {
        place = try TemporaryAccounts()
        file = Md5SecretsFile(path: place.folder + "/md5.json")
    }

    @Test func `passwords are kept, changed and forgotten, in a file for its owner alone`() throws {
        let before = umask(0)
        defer { umask(before) }
        try file.set("one", forUser: "alice")
        try file.set("\"two\"\\ ü", forUser: "bob")
        #expect(try file.passwords() == ["alice": "one", "bob": "\"two\"\\ ü"])
        #expect(try place.permissions("md5.json") == 0o600)
        try file.set("three", forUser: "alice")
        #expect(try file.remove(user: "bob"))
        #expect(try !file.remove(user: "bob"))
        #expect(try file.passwords() == ["alice": "three"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.folder) == ["md5.json"])
    }

    @Test func `a reader sees whole files only, whoever writes at the same time`() async throws {
        let file = file
        try file.set("x", forUser: "first")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<20 {
                group.addTask { try file.set("password", forUser: "user\(number)") }
                group.addTask {
                    let passwords = try file.passwords()
                    #expect(passwords["first"] == "x")
                }
            }
            try await group.waitForAll()
        }
        #expect(try file.passwords().count == 21)
    }

    @Test func `a file that is open to others is refused with the command that fixes it, and not written`() throws {
        try file.set("one", forUser: "alice")
        chmod(file.path, 0o644)
        let expected = Md5SecretsError(path: file.path, reason: .openToOthers(mode: "0644"))
        let file = file
        #expect(throws: expected) { try file.passwords() }
        #expect(throws: expected) { try file.set("two", forUser: "alice") }
        #expect(
            expected.description
                == "the MD5 passwords \(file.path) are open to others (mode 0644); run chmod 600 \(file.path)")
        chmod(file.path, 0o600)
        #expect(try file.passwords() == ["alice": "one"])
    }

    @Test(arguments: ["", "alice: secret", "[]", #"{"alice": 7}"#, #"{"alice": "secret""#])
    func `a file of another form is refused without showing what is in it`(_ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: file.path))
        chmod(file.path, 0o600)
        let file = file
        let error = #expect(throws: Md5SecretsError.self) { try file.passwords() }
        #expect(error?.description.contains("secret") == false)
        #expect(throws: Md5SecretsError.self) { try file.set("x", forUser: "bob") }
        #expect(try Data(contentsOf: URL(fileURLWithPath: file.path)) == Data(text.utf8))
    }

    @Test func `what is no file, is not there or is too large is refused`() throws {
        let (file, folder) = (file, place.folder)
        #expect(throws: Md5SecretsError(path: file.path, reason: .missing)) { try file.passwords() }
        #expect(throws: Md5SecretsError(path: folder, reason: .notAFile)) {
            try Md5SecretsFile(path: folder).passwords()
        }
        let lost = Md5SecretsFile(path: folder + "/none/md5.json")
        #expect(throws: Md5SecretsError(path: lost.path, reason: .folderMissing)) {
            try lost.set("x", forUser: "alice")
        }
        try Data(count: Md5SecretsFile.largestSize + 1).write(to: URL(fileURLWithPath: file.path))
        chmod(file.path, 0o600)
        #expect(throws: Md5SecretsError(path: file.path, reason: .tooLarge)) { try file.passwords() }
    }
}
