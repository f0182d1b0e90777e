extension BtestLine {
    /// What `probe` takes for the same, without the password, which has no place there.
    ///
    /// - Throws: for what a client or a server cannot honour.
    func words() throws(Problem) -> [String] {
        if isServer {
            guard host == nil else {
                throw Problem("-s and -c cannot be used together: a program is server or client.")
            }
            return try serverWords()
        }
        guard let host, !host.isEmpty else { throw Problem("Say -s for a server, or -c HOST for a client.") }
        return try clientWords(host)
    }

    private func clientWords(_ host: String) throws(Problem) -> [String] {
        for (option, isGiven) in [
            ("--listen", listen != nil), ("--listen6", listen6 != nil), ("--syslog", syslog != nil),
        ]
        where isGiven {
            throw Problem("\(option) belongs to a server (-s): a client has no use for it.")
        }
        if password != nil, user == nil {
            throw Problem("-p needs a user name: give it with -a, for example -a admin.")
        }
        var words = ["btest", host]
        if transmits { words.append("-t") }
        if receives { words.append("-r") }
        if isUDP { words.append("-u") }
        // It is about UDP alone and changes nothing of a TCP test.
        if opensNAT, isUDP { words.append("-n") }
        // 0 stands for no limit.
        if let bandwidth, bandwidth != "0" { words += ["-b", bandwidth] }
        if let port { words += ["-P", port] }
        if let user { words += ["-a", user] }
        if let duration { words += ["-d", duration == "0" ? Self.longest : duration] }
        if let csv { words += ["--csv", csv] }
        if isQuiet { words.append("-q") } else if verbosity > 0 { words.append(verbosity > 1 ? "-vv" : "-v") }
        return words
    }

    /// A test without an end (`-d 0`, or no -d at btest-rs) runs for as long as `probe btest` permits.
    static let longest = "1h"

    private func serverWords() throws(Problem) -> [String] {
        let ofClients = [
            ("-t", transmits), ("-r", receives), ("-u", isUDP), ("-n", opensNAT), ("-d", duration != nil),
        ]
        for (option, isGiven) in ofClients where isGiven {
            throw Problem("\(option) belongs to a client (-c HOST): a server does what its clients ask for.")
        }
        guard (user == nil) == (password == nil) else {
            throw Problem("An account needs both -a and -p; without an account leave both out, and anybody may test.")
        }
        if wantsECSRP5, user == nil { throw Problem("--ecsrp5 needs an account: give -a and -p.") }
        var words = ["serve", "btest"]
        if let user {
            words += ["--user", user]
            if !wantsECSRP5 { words += ["--auth", "md5"] }
        } else {
            words.append("--no-auth")
        }
        let port = port ?? "2000"
        if listen != "none" { words += ["--listen", "\(listen ?? "0.0.0.0"):\(port)"] }
        if let listen6 { words += ["--listen", "[\(listen6)]:\(port)"] }
        if listen == "none", listen6 == nil {
            throw Problem("--listen none leaves no address to listen on: add --listen6.")
        }
        if let bandwidth, bandwidth != "0" { words += ["--max-rate", bandwidth] }
        if let csv { words += ["--csv", csv] }
        if let syslog { words += ["--syslog", syslog, "--syslog-format", "rfc3164"] }
        if isQuiet {
            words += ["--log-level", "error"]
        } else if verbosity > 0 {
            words += ["--log-level", verbosity > 1 ? "trace" : "debug"]
        }
        return words
    }
}
