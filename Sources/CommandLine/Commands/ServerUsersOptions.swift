import ArgumentParser
import ServerLimits

/// The accounts of `serve btest` that come from a database, and what each may move.
struct ServerUsersOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Accounts and quotas of `probe user`; changes hold within a second, usage outlasts the server.",
            discussion: "One server per file: two would each know only what they moved themselves.",
            valueName: "file"))
    var usersDb: String?

    @Option(
        help: ArgumentHelp(
            "The passwords for --auth md5, as `probe user --md5-secrets` writes them.", valueName: "file"))
    var md5Secrets: String?

    @Option(
        help: ArgumentHelp(
            "For each user within a day, week or month (UTC): day=10G, month-in=200G (repeatable).",
            discussion: "In is what the server receives, out what it sends. `probe user set --quota` overrides it.",
            valueName: "period=bytes"),
        transform: QuotaArgument.rule)
    var userQuota: [QuotaRule] = []

    func validate(isMD5: Bool) throws {
        if md5Secrets != nil, usersDb == nil || !isMD5 {
            throw ValidationError("--md5-secrets belongs to --users-db and --auth md5.")
        }
        if usersDb != nil, isMD5, md5Secrets == nil {
            throw ValidationError(
                """
                A login with MD5 cannot be checked without the password: give --md5-secrets, a file that \
                `probe user add --md5-secrets` writes.
                """)
        }
    }
}
