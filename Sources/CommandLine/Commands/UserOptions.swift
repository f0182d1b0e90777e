import Accounts
import ArgumentParser
import FleetModel
import Foundation
import SQLiteFiles
import Secrets
import ServerLimits

/// `--users-db`: which accounts a command is about.
struct UsersDatabaseOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The accounts database.", discussion: "Without it: $FLEETPROBE_USERS_DB.", valueName: "file"))
    var usersDb: String?

    static let variable = "FLEETPROBE_USERS_DB"

    func open(_ access: SQLiteAccess) throws -> AccountStore {
        guard let path = usersDb ?? ProcessInfo.processInfo.environment[Self.variable], !path.isEmpty else {
            throw ValidationError("Name the accounts database: give --users-db or $\(Self.variable).")
        }
        let isNew = access == .create && Glibc.access(path, F_OK) != 0
        do {
            let store = try AccountStore(path: path, access: access)
            if isNew { Terminal.note("probe: made the accounts database \(path)") }
            return store
        } catch {
            throw AccountFailure.failure(error)
        }
    }
}

/// `--md5-secrets`: the passwords themselves, for logins with MD5.
struct Md5SecretsOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Keep the password itself in this file too, for `serve btest --auth md5`.", valueName: "file"))
    var md5Secrets: String?

    func keep(_ password: Secret, of name: String) throws {
        guard let md5Secrets else { return }
        do {
            try password.revealed { try Md5SecretsFile(path: md5Secrets).set($0, forUser: name) }
        } catch let error as Md5SecretsError {
            throw CommandFailure(
                .configuration, "\(error); the account itself is kept, without a login with MD5"
            ).reported()
        }
        Terminal.note(
            """
            probe: \(md5Secrets) now holds the password as it is: MD5 cannot be checked against less, and protects it from \
            nobody who can listen. Use it for RouterOS before 6.43 only.
            """)
    }
}

/// What a user may do, as `add` and `set` take it.
struct UserTermsOptions: ParsableArguments {
    enum State: String, EnumerableFlag {
        case enabled, disabled

        static func help(for value: State) -> ArgumentHelp? {
            switch value {
            case .enabled: "The user may log in; the default for a new one."
            case .disabled: "The user may not log in, and is answered like an unknown name."
            }
        }
    }

    @Flag(exclusivity: .exclusive)
    var state: State?

    @Option(
        help: ArgumentHelp(
            "Bytes within a day, week or month (UTC): day=10G, month-in=200G (repeatable).",
            discussion: """
                In is what the server receives, out what it sends; without a word both count together. It takes the place of \
                the server's quota for the same period and direction: =unlimited lifts that one, =none brings it back.
                """,
            valueName: "period=bytes"),
        transform: QuotaArgument.parse)
    var quota: [QuotaArgument] = []

    @Option(
        help: ArgumentHelp(
            "Only from these addresses (repeatable); `set` replaces those that were allowed.",
            valueName: "address/prefix"),
        transform: { text in
            do { return try AddressRange(text) } catch { throw ValidationError("\(error).") }
        })
    var allow: [AddressRange] = []

    @Option(
        help: ArgumentHelp("Limit for each direction of a test; none: the server's.", valueName: "rate|none"),
        transform: { try Limit.parse($0, "a rate as 100M or none") { BitRate(parsing: $0)?.bitsPerSecond } })
    var maxRate: Limit<Double>?

    @Option(
        help: ArgumentHelp("Tests at once; none: as many as the server allows.", valueName: "n|none"),
        transform: { try Limit.parse($0, "1 or more, or none") { Int($0).flatMap { $0 > 0 ? $0 : nil } } })
    var maxSessions: Limit<Int>?

    /// A limit of the user's own, or none.
    enum Limit<Value: Sendable>: Sendable {
        case own(Value)
        case none

        static func parse(_ text: String, _ form: String, _ read: (String) -> Value?) throws -> Limit {
            if text == "none" { return .none }
            guard let value = read(text) else { throw ValidationError("It takes \(form).") }
            return .own(value)
        }

        var value: Value? {
            if case .own(let value) = self { value } else { nil }
        }
    }

    var isEmpty: Bool {
        state == nil && quota.isEmpty && allow.isEmpty && maxRate == nil && maxSessions == nil
    }

    func apply(to terms: inout AccountTerms) {
        if let state { terms.isEnabled = state == .enabled }
        for quota in quota { terms.setQuota(quota.period, quota.direction, bytes: quota.bytes) }
        if !allow.isEmpty { terms.allowedNetworks = allow }
        if let maxRate { terms.maxBitsPerSecond = maxRate.value }
        if let maxSessions { terms.maxSessions = maxSessions.value }
    }
}

/// What an error of the accounts means for the exit code.
enum AccountFailure {
    static func failure(_ error: AccountStoreError) -> any Error {
        switch error {
        case .unknownUser, .userExists, .invalid: UsageFailure(error.description).reported()
        case .file(let problem, _): CommandFailure(ExitStatus(problem), error.description).reported()
        }
    }
}
