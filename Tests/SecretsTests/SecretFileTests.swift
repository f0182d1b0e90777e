import Foundation
import Secrets
import Testing
import TestSupport

@Suite("A file with a secret")
struct SecretFileTests {
    private func read(_ path: String) -> String {
        do { return try SecretReader().secret(inFile: path).revealed { $0 } } catch { return error.message }
    }

    @Test func `may begin with a byte order mark, which is not the secret's`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        #expect(read(try folder.write("\u{FEFF}geheim\r\n", to: "pw", mode: 0o600)) == "geheim")
        let keys = try TokenKeyFile(path: folder.write("\u{FEFF}longkey one\n\u{FEFF}x\n", to: "keys", mode: 0o600))
            .keys
        #expect(keys.first?.key.revealed { $0 } == "longkey" && keys.first?.label == "one")
        let credential = Credential(name: "a", user: "b", password: .environment(name: "PW"))
        let reader = SecretReader(environment: ["PW": "\u{FEFF}geheim"])
        #expect(try await reader.password(of: credential).revealed { $0 } == "geheim")
        #expect(try PEMFile.bytes(folder.write("\u{FEFF}-----BEGIN", to: "pem")) == Array("-----BEGIN".utf8))
    }

    @Test func `in UTF-16 is told as such`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = try folder.write("", to: "pw", mode: 0o600)
        for bytes: [UInt8] in [[0xFF, 0xFE, 0x61, 0x00], [0xFE, 0xFF, 0x00, 0x61]] {
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            #expect(read(path) == "the secret file \(path) is UTF-16 text; save it as UTF-8")
        }
    }

    @Test func `may be a link to a file that may hold a secret`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = try folder.write("geheim\n", to: "pw", mode: 0o600)
        let link = folder.path + "/link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: file)
        #expect(read(link) == "geheim")
        try folder.setMode(0o640, of: "pw")
        #expect(read(link) == "the secret file \(link) is open to others (mode 0640); run chmod 600 \(link)")
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give files away"))
    func `belongs to this user or to root, and so does a link to it`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = try folder.write("geheim\n", to: "pw", mode: 0o600)
        let link = folder.path + "/link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: file)
        #expect(lchown(link, 54321, 54321) == 0)
        #expect(
            read(link) == "the secret file \(link) is a link of another user (54321); name the file that it leads to")
        #expect(chown(file, 54321, 54321) == 0)
        #expect(
            read(file)
                == "the secret file \(file) belongs to another user (54321); run as that user, or run chown root \(file)"
        )
    }

    @Test func `may be a pipe, which is waited for and read within limits`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let pipe = folder.path + "/pipe"
        #expect(mkfifo(pipe, 0o600) == 0)
        // In two parts, the first of which comes after the reader.
        let writer = Thread {
            usleep(100_000)
            let descriptor = open(pipe, O_WRONLY)
            write(descriptor, "geh", 3)
            usleep(100_000)
            write(descriptor, "eim\n", 4)
            close(descriptor)
        }
        writer.start()
        #expect(read(pipe) == "geheim")
        #expect(chmod(pipe, 0o644) == 0)
        #expect(read(pipe) == "the secret file \(pipe) is open to others (mode 0644); run chmod 600 \(pipe)")
    }
}
