import Foundation

/// This program under the name `btest`: it takes btest-rs's command line as it is.
enum BtestProgram {
    static let name = "btest"

    /// Runs the words after the program's name, and ends the process when they cannot be followed.
    static func run(_ arguments: [String]) async {
        do {
            let line = try BtestLine(parsing: arguments)
            if line.wantsHelp || arguments.isEmpty { return Terminal.output(help) }
            if line.wantsVersion { return Terminal.output("btest of fleetprobe \(ProgramVersion.text)\n") }
            let words = try words(for: line)
            if line.isQuiet {
                Terminal.silence(output: true)
            } else if line.password != nil {
                Terminal.note(warning)
            }
            // From here on it comes as every password does that is not in a file; no other process is started.
            if let password = line.password { setenv(PasswordOptions.variable, password, 1) }
            await ProbeCommand.run(words)
        } catch {
            Terminal.note("btest: \(error.sentence)\nSee 'btest --help'.")
            exit(64)
        }
    }

    /// As btest-rs does, a client prints a line for each second, and ends by itself only where -d says when.
    static func words(for line: BtestLine) throws(BtestLine.Problem) -> [String] {
        var line = line
        if !line.isServer {
            line.duration = line.duration ?? "0"
            line.verbosity += 1
        }
        return try line.words()
    }

    static let warning = """
        btest: every user of this machine can read a password on the command line. Safer: leave -p out and set \
        $\(PasswordOptions.variable), or use `probe btest` with --password-file or --password-stdin.
        """

    static let help = """
        btest: MikroTik's bandwidth test with the options of btest-rs, by fleetprobe. `probe btest --help` and
        `probe serve btest --help` show the same tests with more options.

        USAGE: btest -c HOST [options]      test against a router or a server
               btest -s [options]           be the server

          -s, --server             run as the server
          -c, --client HOST        test against HOST
          -t, --transmit           send to the server; with -r both ways at once
          -r, --receive            receive from the server; this without -t and -r, too
          -u, --udp                UDP instead of TCP
          -b, --bandwidth RATE     limit such as 100M, 1G or 500K; of a server, the most for each direction of a test
          -P, --port PORT          port to listen on or to connect to (default: 2000)
              --listen ADDR        IPv4 address to listen on, or none (default: 0.0.0.0)
              --listen6 [ADDR]     listen on IPv6 as well (default: ::)
          -a, --authuser USER      user name
          -p, --authpass PASSWORD  password; every user of this machine can read it: $PROBE_PASSWORD is safer
              --ecsrp5             a server asks for a login with EC-SRP5 instead of MD5; a client does what it is asked for
          -n, --nat                send an empty packet first, to open the way through a NAT (UDP)
          -d, --duration SECONDS   length of a client's test; 0, the default, is an hour, which Ctrl-C ends sooner
              --csv FILE           append a line for each test
          -q, --quiet              print nothing: the exit code tells, and --csv keeps the figures
              --syslog HOST:PORT   a server tells this syslog server of logins and tests (RFC 3164)
          -v, --verbose            say more; -vv says most
          -h, --help               this text
          -V, --version            the version

        """
}
