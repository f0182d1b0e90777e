import Agent
import ArgumentParser
import Btest
import FleetModel
import ServerLimits
import Serving
import Sockets

/// `probe serve btest`: a server that RouterOS and every btest client can test against.
struct ServeBtestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "btest",
        abstract: "Run a bandwidth-test server for RouterOS and other btest clients.",
        discussion: """
            It asks for a login with EC-SRP5, as RouterOS does from 6.43 on; --auth md5 is for older clients. Without an account it \
            does not start, unless --no-auth says that anyone may test.

              probe serve btest --user probe --password-file secret
              probe serve btest --users-db users.db --user-quota day=10G --max-per-address 2
              probe serve btest --listen 127.0.0.1:0 --no-auth
            """)

    @Option(
        help: ArgumentHelp(
            "Address to listen on (repeatable); port 0 takes a free one. Default: port 2000 on every address.",
            valueName: "addr:port"))
    var listen: [ListenArgument] = []

    @Option(help: ArgumentHelp("The account's user name.", valueName: "name"))
    var user: String?

    @OptionGroup var password: PasswordOptions

    @OptionGroup var users: ServerUsersOptions

    @Flag(help: "Let anyone test without a login.")
    var noAuth = false

    @Option(help: ArgumentHelp("ec-srp5 or md5.", valueName: "method"))
    var auth: ServerLogin = .ecSRP5

    @Option(help: ArgumentHelp("UDP ports for tests, one for each at a time.", valueName: "first-last"))
    var udpPorts = PortRangeArgument(2001...2100)

    @Flag(help: "UDP without joined datagrams (GSO, GRO), to compare.")
    var noOffload = false

    @Option(help: ArgumentHelp("Tests at once.", valueName: "n"))
    var maxSessions = 100

    @Option(help: "End a test that nobody has ended after this time.")
    var maxDuration = DurationArgument(.seconds(3600))

    @Option(help: ArgumentHelp("Limit for each direction of a test.", valueName: "rate"))
    var maxRate: BitRate?

    @OptionGroup var quotas: ServerQuotaOptions
    @OptionGroup var gate: ServerGateOptions
    @OptionGroup var records: RecordOptions

    @OptionGroup var logs: LogOptions

    /// The logins that the server can ask for.
    enum ServerLogin: String, ExpressibleByArgument, CaseIterable {
        case md5
        case ecSRP5 = "ec-srp5"

        var method: BtestAuthentication { self == .md5 ? .md5 : .ecSRP5 }
    }

    func validate() throws {
        let hasOwnUser = user != nil || password.passwordFile != nil || password.passwordStdin
        switch [hasOwnUser, users.usersDb != nil, noAuth].count(where: { $0 }) {
        case 0:
            throw ValidationError(
                """
                A server without an account would test for anyone: give --user and --password-file or --users-db, or say \
                --no-auth.
                """)
        case 1: break
        default: throw ValidationError("--user, --users-db and --no-auth cannot be used together.")
        }
        guard !hasOwnUser || (user != nil && password.isGiven) else {
            throw ValidationError(
                user == nil
                    ? "A password needs its account's name: give --user as well."
                    : "An account needs a password: give --password-file, --password-stdin or $\(PasswordOptions.variable)."
            )
        }
        try users.validate(isMD5: auth == .md5)
        guard maxSessions > 0 else { throw ValidationError("--max-sessions takes 1 or more.") }
    }

    func run() async throws {
        DescriptorLimit.raise()
        let logger = logs.logger("btest")
        let login = try await login()
        if users.usersDb == nil, !(users.userQuota + quotas.addressQuota).isEmpty {
            logger.notice("quotas are counted in memory and start anew with the server; --users-db keeps them")
        }
        let listeners = listen.isEmpty ? [ListenArgument(host: "::", port: 2000)] : listen
        let served: ServedBtest
        do {
            served = try await ServedBtest(
                .init(
                    listeners: listeners.map(\.endpoint), login: login, authentication: auth.method, limits: limits,
                    destinations: records.destinations), logger: logger)
        } catch {
            throw error.reported()
        }
        if noAuth { logger.warning("anyone who can reach this server may test (--no-auth)") }
        await Interruption.cancelling { await served.run() }
        logger.info("stopped")
    }

    private var limits: BtestServer.Configuration {
        var limits = BtestServer.Configuration(
            accounts: .open, maxSessions: maxSessions, maxDuration: maxDuration.value,
            maxBitsPerSecond: maxRate?.bitsPerSecond)
        limits.udpPorts = udpPorts.range
        limits.datagramOffload = !noOffload
        limits.maxSessionsPerAddress = quotas.maxPerAddress
        limits.userQuotas = users.userQuota
        limits.addressQuotas = quotas.addressQuota
        gate.apply(to: &limits.startups, &limits.penalties)
        return limits
    }

    private func login() async throws -> ServedBtest.Login {
        if let database = users.usersDb { return .database(database, md5Secrets: users.md5Secrets) }
        guard let user else { return .anyone }
        return .user(user, password: try await password.newPassword())
    }
}
