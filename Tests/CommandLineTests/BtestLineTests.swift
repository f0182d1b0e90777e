import Foundation
import Testing

@testable import CommandLine

/// btest-rs's command line, word for word.
@Suite struct BtestLineTests {
    private func words(_ line: String) throws -> String {
        try BtestLine(parsing: line.split(separator: " ").map(String.init)).words().joined(separator: " ")
    }

    private func problem(_ line: String) -> String? {
        do {
            _ = try words(line)
            return nil
        } catch {
            return (error as? BtestLine.Problem)?.sentence
        }
    }

    @Test(arguments: [
        // The examples of its README.
        ("-c 192.168.88.1 -r", "btest 192.168.88.1 -r"),
        ("-c 192.168.88.1 -t -r", "btest 192.168.88.1 -t -r"),
        ("-c 192.168.88.1 -r -u -b 100M", "btest 192.168.88.1 -r -u -b 100M"),
        ("-c 192.168.88.1 -r -a admin -p password", "btest 192.168.88.1 -r -a admin"),
        ("-c 192.168.88.1 -r -d 30 --csv results.csv", "btest 192.168.88.1 -r -d 30 --csv results.csv"),
        ("-c 192.168.88.1 -r -d 10 --csv results.csv -q", "btest 192.168.88.1 -r -d 10 --csv results.csv -q"),
        ("-c 192.168.88.1 -r -u -n", "btest 192.168.88.1 -r -u -n"),
        ("-s", "serve btest --no-auth --listen 0.0.0.0:2000"),
        ("-s -a admin -p password", "serve btest --user admin --auth md5 --listen 0.0.0.0:2000"),
        ("-s -a admin -p password --ecsrp5", "serve btest --user admin --listen 0.0.0.0:2000"),
        ("-s -P 3000 -v", "serve btest --no-auth --listen 0.0.0.0:3000 --log-level debug"),
        (
            "-s -a admin -p password --syslog 192.168.1.1:514 --csv /var/log/btest.csv",
            "serve btest --user admin --auth md5 --listen 0.0.0.0:2000 --csv /var/log/btest.csv --syslog 192.168.1.1:514 "
                + "--syslog-format rfc3164"
        ),
        ("-s -vvv", "serve btest --no-auth --listen 0.0.0.0:2000 --log-level trace"),
        // Other spellings of the same, as its parser takes them.
        ("--client=192.0.2.1 --transmit --port=2001", "btest 192.0.2.1 -t -P 2001"),
        ("-trc 192.0.2.1 -P2001 -b=5M", "btest 192.0.2.1 -t -r -b 5M -P 2001"),
        ("-c 192.0.2.1 --authuser u --authpass x --ecsrp5", "btest 192.0.2.1 -a u"),
        ("-s --listen 192.0.2.9 --listen6", "serve btest --no-auth --listen 192.0.2.9:2000 --listen [::]:2000"),
        (
            "-s --listen none --listen6 2001:db8::1 -q",
            "serve btest --no-auth --listen [2001:db8::1]:2000 --log-level error"
        ),
        ("-s -b 50M", "serve btest --no-auth --listen 0.0.0.0:2000 --max-rate 50M"),
        ("-c h -d 0 -b 0", "btest h -d 1h"),
        // About UDP alone.
        ("-c h -n", "btest h"),
    ])
    func `has the same test in the words of probe`(line: String, expected: String) throws {
        #expect(try words(line) == expected)
    }

    @Test(arguments: [
        ("", "Say -s for a server, or -c HOST for a client."),
        ("-s -c h", "-s and -c cannot be used together: a program is server or client."),
        ("-c", "-c needs a value."),
        ("-c h -b -r", "-b needs a value."),
        ("-c h --frobnicate=hunter2", "btest has no option --frobnicate."),
        ("-c h -phunter2x -x", "btest has no option -x."),
        ("-c h --quiet=yes", "--quiet takes no value."),
        ("h -r", "btest takes options alone; a host comes after -c."),
        ("-c h -p hunter2", "-p needs a user name: give it with -a, for example -a admin."),
        ("-c h --listen 192.0.2.1", "--listen belongs to a server (-s): a client has no use for it."),
        ("-c h --listen6", "--listen6 belongs to a server (-s): a client has no use for it."),
        ("-c h --syslog 192.0.2.1:514", "--syslog belongs to a server (-s): a client has no use for it."),
        ("-s -a u", "An account needs both -a and -p; without an account leave both out, and anybody may test."),
        ("-s -p hunter2", "An account needs both -a and -p; without an account leave both out, and anybody may test."),
        ("-s --ecsrp5", "--ecsrp5 needs an account: give -a and -p."),
        ("-s --listen none", "--listen none leaves no address to listen on: add --listen6."),
        ("-s -d 5", "-d belongs to a client (-c HOST): a server does what its clients ask for."),
        ("-s -u", "-u belongs to a client (-c HOST): a server does what its clients ask for."),
    ])
    func `is refused with a sentence where it cannot be honoured, without its password`(line: String, sentence: String)
    {
        #expect(problem(line) == sentence)
        #expect(problem(line)?.contains("hunter2") != true)
    }

    @Test func `a client of that name prints each second and has no end unless -d says so`() throws {
        #expect(try BtestProgram.words(for: BtestLine(parsing: ["-c", "h"])) == ["btest", "h", "-d", "1h", "-v"])
        #expect(
            try BtestProgram.words(for: BtestLine(parsing: ["-c", "h", "-d", "5", "-q"])) == [
                "btest", "h", "-d", "5", "-q",
            ])
        #expect(try BtestProgram.words(for: BtestLine(parsing: ["-c", "h", "-vv"])).last == "-vv")
    }

    @Test func `a blank password is one`() throws {
        let line = try BtestLine(parsing: ["-c", "h", "-a", "admin", "-p", ""])
        #expect(line.password == "")
        #expect(try line.words() == ["btest", "h", "-a", "admin"])
    }

    @Test(arguments: [
        ("btest -c 192.0.2.1 -r", "  probe btest 192.0.2.1 -r\n"),
        ("btest -s", "  probe serve btest --no-auth --listen 0.0.0.0:2000\n"),
        ("btest 192.0.2.1 -r -a admin -p hunter2", "  probe btest 192.0.2.1 -r -a admin --password-file FILE\n"),
        ("btest -c 192.0.2.1 -a admin -phunter2", "  probe btest 192.0.2.1 -a admin --password-file FILE\n"),
        (
            "btest 192.0.2.1 --authuser admin --authpass=hunter2",
            "  probe btest 192.0.2.1 -a admin --password-file FILE\n"
        ),
        ("btest -c 192.0.2.1 --ecsrp5", "  probe btest 192.0.2.1\n"),
        (
            "serve btest -a admin -p hunter2 -P 2001 -v",
            "  probe serve btest --user admin --auth md5 --listen 0.0.0.0:2001 --log-level debug --password-file FILE\n"
        ),
        ("serve btest -q", "  probe serve btest --no-auth --listen 0.0.0.0:2000 --log-level error\n"),
        (
            "serve btest --listen 192.0.2.1 --listen6",
            "  probe serve btest --no-auth --listen 192.0.2.1:2000 --listen '[::]:2000'\n"
        ),
    ])
    func `typed at probe it gets the same line in our words`(line: String, expected: String) throws {
        let text = try #require(BtestRemedy.text(for: line.split(separator: " ").map(String.init)))
        #expect(text.contains(expected), "\(text)")
        #expect(!text.contains("hunter2"))
        #expect(text.contains("--password-stdin") == line.contains("hunter2"))
    }

    @Test(arguments: [
        "serve btest --no-auth -phunter2", "btest 192.0.2.1 -p hunter2 --frob", "btest -c 192.0.2.1 -d 5 -s",
    ])
    func `what cannot be said in our words has a sentence all the same`(line: String) throws {
        let text = try #require(BtestRemedy.text(for: line.split(separator: " ").map(String.init)))
        #expect(text.hasPrefix("Error: "))
        #expect(!text.contains("hunter2"))
    }

    @Test(arguments: [
        "btest 192.0.2.1 -c 400", "btest", "btest 192.0.2.1 -b much", "serve btest --listen 127.0.0.1:0", "now x",
        "btest 192.0.2.1 -c four --frob",
        "serve btest --listen 0.0.0.0 --no-auth",
        "user add u -p x", "serve rmbt -a b",
    ])
    func `our own line with a mistake is told about by itself`(line: String) {
        #expect(BtestRemedy.text(for: line.split(separator: " ").map(String.init)) == nil)
    }

    @Test func `a password is taken out of every message about a command line`() {
        let message = "Error: Unexpected argument 'hunter2' and Unknown option '-phunter2', '--password=hunter2'"
        for arguments in [["--password", "hunter2", "-phunter2", "--password=hunter2"]] {
            #expect(!PasswordMask.masked(message, arguments: arguments).contains("hunter2"))
        }
        #expect(PasswordMask.masked("'a' b", arguments: ["-p", "a"]) == "'…' b")
    }
}
