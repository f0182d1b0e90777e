import FleetModel

/// An RMBT server as the operator of a Control Server names it, on the command line or in a file.
public struct ControlServerEntry: Sendable, Equatable {
    /// How the server is spoken to before its greeting, in the words of the protocol (docs/protocols/rmbt.md, Three ways in).
    public enum Kind: String, Sendable, CaseIterable {
        /// Found out by looking.
        case automatic = "auto"
        case classic = "RMBT"
        case http = "RMBThttp"
        /// The same servers as ``http``.
        case webSocket = "RMBTws"
    }

    public var name: String
    /// Host name or IP literal without brackets, as clients reach it.
    public var address: String
    /// 1 … 65535.
    public var port: Int
    /// nil is found out by looking.
    public var tls: Bool?
    public var kind: Kind
    /// An absolute path; nil takes the common one.
    public var tokenKeyFile: String?
    /// Tests at once, 1 … 10000; nil takes the common number.
    public var maxTests: Int?

    public init(
        name: String, address: String, port: Int, tls: Bool? = nil, kind: Kind = .automatic,
        tokenKeyFile: String? = nil, maxTests: Int? = nil
    ) {
        self.name = name
        self.address = address
        self.port = port
        self.tls = tls
        self.kind = kind
        self.tokenKeyFile = tokenKeyFile
        self.maxTests = maxTests
    }

    /// What an operator wrote that is no server: one sentence with an example.
    public struct Invalid: Error, Sendable, Equatable, CustomStringConvertible {
        public let description: String
    }

    /// Reads `NAME=HOST:PORT[,option…]` with the options `tls`, `no-tls`, `type=RMBT|RMBThttp|RMBTws|auto` and `max-tests=N`.
    ///
    /// - Throws: ``Invalid`` for the first thing that does not fit.
    public init(parsing text: String) throws(Invalid) {
        let example = "write own=192.0.2.1:443 or own=rmbt.example.net:443,tls,type=RMBThttp, for example"
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let ends = (parts.first ?? "").split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard ends.count == 2, let name = ends.first.map(String.init), let place = ends.last else {
            throw Invalid(description: "a server is NAME=HOST:PORT: \(example).")
        }
        if let found = NameRule.complaint(about: name) {
            throw Invalid(description: "\(NameRule.sentence), \(found): \(example).")
        }
        guard let colon = place.lastIndex(of: ":"), let port = Int(place[place.index(after: colon)...]),
            (1...65_535).contains(port)
        else { throw Invalid(description: "the server \(name) needs a port of 1 to 65535: \(example).") }
        var address = String(place[..<colon])
        if address.hasPrefix("["), address.hasSuffix("]") { address = String(address.dropFirst().dropLast()) }
        guard AddressRule.complaint(about: address) == nil, !address.isEmpty else {
            throw Invalid(description: "the server \(name) has no host name or IP address: \(example).")
        }
        self.init(name: FleetName.normalized(name), address: address, port: port)
        for option in parts.dropFirst() { try apply(option) }
    }

    private mutating func apply(_ option: String) throws(Invalid) {
        let pair = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        switch (pair.first ?? "", pair.count > 1 ? pair[1] : nil) {
        case ("tls", nil): tls = true
        case ("no-tls", nil): tls = false
        case ("type", let word?):
            let known = ["http": Kind.http, "classic": .classic]
            let lowered = word.lowercased()
            guard let kind = Kind.allCases.first(where: { $0.rawValue.lowercased() == lowered }) ?? known[lowered]
            else {
                throw Invalid(
                    description: "the server \(name) has type=\(word); the types are RMBT, RMBThttp, RMBTws and auto.")
            }
            self.kind = kind
        case ("max-tests", let digits?):
            guard let number = Int(digits), Self.testCounts.contains(number) else {
                throw Invalid(description: "the server \(name) has max-tests=\(digits); it takes 1 to 10000.")
            }
            maxTests = number
        default:
            throw Invalid(
                description:
                    "the server \(name) has an option \(option.debugDescription); the options are tls, no-tls, type=… and max-tests=…"
            )
        }
    }

    /// What ``maxTests`` takes.
    public static let testCounts = 1...10_000
}
