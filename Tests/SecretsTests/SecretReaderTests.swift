import Foundation
import Secrets
import Testing
import TestSupport

@Suite("A secret")
struct SecretReaderTests {
    private func password(
        _ source: Credential.PasswordSource, environment: [String: String] = [:], limit: Duration = .seconds(10)
    ) async throws -> String {
        let reader = SecretReader(environment: environment, commandLimit: limit)
        let secret = try await reader.password(of: Credential(name: "core", user: "probe", password: source))
        return secret.revealed { $0 }
    }

    private func complaint(
        _ source: Credential.PasswordSource, environment: [String: String] = [:], limit: Duration = .seconds(10)
    ) async -> String? {
        do {
            _ = try await password(source, environment: environment, limit: limit)
            return nil
        } catch {
            return (error as? SecretError)?.message
        }
    }

    @Test func `is the content of a file without its last line end`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        for (text, expected) in [("a b\n", "a b"), ("a\r\n", "a"), ("a", "a"), (" ä ", " ä ")] {
            let path = try folder.write(text, to: "secret", mode: 0o600)
            #expect(try await password(.file(path: path)) == expected)
        }
    }

    @Test(arguments: [0o640, 0o604, 0o644, 0o660, 0o610])
    func `in a file that others can open is refused with the chmod that fixes it`(mode: Int) async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = try folder.write("hunter2", to: "secret", mode: mode)
        let octal = String(mode, radix: 8)
        #expect(
            await complaint(.file(path: path))
                == "the secret file \(path) is open to others (mode 0\(octal)); run chmod 600 \(path)")
        try folder.setMode(0o600, of: "secret")
        #expect(await complaint(.file(path: path)) == nil)
    }

    @Test func `has a chmod with quotes where the path needs them`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = try folder.write("hunter2", to: "it's here", mode: 0o644)
        let quoted = "'" + folder.path + "/it'\\''s here'"
        #expect(await complaint(.file(path: path))?.hasSuffix("run chmod 600 \(quoted)") == true)
    }

    @Test func `may be blank as RouterOS permits it, in a file, a variable or a credential but not from a command`()
        async throws
    {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        for text in ["", "\n", "\r\n"] {
            let path = try folder.write(text, to: "blank", mode: 0o600)
            #expect(try await password(.file(path: path)) == "")
        }
        #expect(try await password(.environment(name: "PW"), environment: ["PW": ""]) == "")
        let environment = ["CREDENTIALS_DIRECTORY": folder.path]
        #expect(try await password(.systemdCredential(name: "blank"), environment: environment) == "")
        #expect(try await password(.inline(Secret(""))) == "")
        // Where no blank one makes sense: a key, or an account of ours.
        #expect(throws: SecretError.self) { try SecretReader().secret(inFile: folder.path + "/blank") }
    }

    @Test func `is not read from folders, devices, long, large or missing files`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let cases = [
            (folder.path, "the secret file \(folder.path) is a folder; name a file"),
            ("/dev/zero", "the secret file /dev/zero is neither a regular file nor a pipe; name a regular file"),
            (
                try folder.write("a\nb\n", to: "lines", mode: 0o600),
                "the secret file \(folder.path)/lines has more than one line; keep the password on one line"
            ),
            (
                try folder.write(String(repeating: "x", count: 65537), to: "large", mode: 0o600),
                "the secret file \(folder.path)/large is larger than 64 KiB; check that it is the right file"
            ),
            (
                folder.path + "/gone",
                "the secret file \(folder.path)/gone is not there; create it or fix the path"
            ),
        ]
        for (path, sentence) in cases {
            #expect(await complaint(.file(path: path)) == sentence)
        }
    }

    @Test func `comes from an environment variable`() async throws {
        #expect(try await password(.environment(name: "PW"), environment: ["PW": "a b"]) == "a b")
        #expect(
            await complaint(.environment(name: "PW"))
                == "the environment variable PW is not set; set it for the process that tests")
    }

    @Test func `comes from systemd's credentials`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.write("hunter2\n", to: "router", mode: 0o440)
        let environment = ["CREDENTIALS_DIRECTORY": folder.path]
        #expect(try await password(.systemdCredential(name: "router"), environment: environment) == "hunter2")
        #expect(
            await complaint(.systemdCredential(name: "router"))
                == "$CREDENTIALS_DIRECTORY is not set, so there is no systemd credential router; "
                + "run under a unit with LoadCredential=router:PATH")
    }

    @Test func `is the first line that a command prints`() async throws {
        #expect(try await password(.command("printf 'one\\ntwo\\n'")) == "one")
        #expect(try await password(.command("printf one")) == "one")
        #expect(try await password(.command("printf 'one\\r\\n'")) == "one")
    }

    @Test func `of a command that fails, prints nothing or too much is refused`() async throws {
        #expect(
            await complaint(.command("echo hunter2; exit 3"))
                == "the password command ended with exit code 3; run it by hand and see what it says")
        #expect(
            await complaint(.command("kill -9 $$"))
                == "the password command was ended by signal 9; run it by hand and see what it says")
        #expect(
            await complaint(.command("true"))
                == "the password command printed nothing; let it print the password, or write password: \"\" where it is blank"
        )
        #expect(
            await complaint(.command("yes"))
                == "the password command printed more than 64 KiB; let it print the password alone")
    }

    @Test func `of a command does not wait for a child that left its group`() async throws {
        let began = ContinuousClock.now
        #expect(try await password(.command("setsid sleep 3 & printf one")) == "one")
        #expect(ContinuousClock.now - began < .seconds(2))
    }

    @Test func `comes from commands that run at the same time, each its own`() async throws {
        try await withThrowingTaskGroup(of: (Int, String).self) { group in
            for number in 0..<40 {
                group.addTask { (number, try await password(.command("sleep 0.05; printf '\(number)'"))) }
            }
            for try await (number, text) in group { #expect(text == "\(number)") }
        }
    }

    @Test func `of a command gets SIGPIPE as a shell's pipeline expects it`() async throws {
        #expect(try await password(.command("yes | head -1; printf '%s' \"$?\"")) == "y")
    }

    @Test func `of a command that does not end is given up, and the command with its children killed`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let mark = folder.path + "/mark"
        let start = ContinuousClock.now
        #expect(
            await complaint(
                .command("(sleep 30; touch \(mark)) & echo $! > \(mark).pid; wait"), limit: .milliseconds(300))
                == "the password command did not end within 300ms; run it by hand and see what it waits for")
        #expect(ContinuousClock.now - start < .seconds(25))
        let text = try String(contentsOfFile: mark + ".pid", encoding: .utf8)
        let child = try #require(pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)))
        // It dies in its own time, and whoever adopted it may take a moment to collect it: a zombie is as good as gone.
        var state = ""
        let deadline = ContinuousClock.now + .seconds(10)
        repeat {
            await Task.yield()
            state = (try? String(contentsOfFile: "/proc/\(child)/stat", encoding: .utf8)) ?? "gone"
        } while state != "gone" && !state.contains(") Z ") && ContinuousClock.now < deadline
        #expect(state == "gone" || state.contains(") Z "), "\(state)")
    }

    @Test func `of token keys is one key and label a line`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = try folder.write(
            "# keys\n\nq4aFShYnBgoYyDr4cxes DSL\r\n  second-key-0001\tmy own label  \nabc\nabcde\n", to: "keys",
            mode: 0o600)
        let keys = try TokenKeyFile(path: path).keys
        #expect(keys.map { $0.key.revealed { $0 } } == ["q4aFShYnBgoYyDr4cxes", "second-key-0001", "abcde"])
        #expect(keys.map(\.label) == ["DSL", "my own label", ""])
    }

    @Test func `of token keys is refused when open to others or without a key`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let open = try folder.write("q4aFShYnBgoYyDr4cxes DSL", to: "open", mode: 0o644)
        #expect(
            throws: SecretError(
                what: "the secret file \(open) is open to others (mode 0644)", remedy: "run chmod 600 \(open)")
        ) {
            try TokenKeyFile(path: open)
        }
        let empty = try folder.write("# none\nabc\n", to: "empty", mode: 0o600)
        #expect(
            throws: SecretError(
                what: "the token key file \(empty) holds no key",
                remedy: "write one \"KEY LABEL\" a line, 5 characters or more")
        ) { try TokenKeyFile(path: empty) }
    }
}
