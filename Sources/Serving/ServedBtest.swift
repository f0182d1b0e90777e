import Accounts
import Btest
import Logging
import Secrets
import ServerLimits

/// A btest server put together: listeners, accounts, limits, and the records that it leaves behind.
package struct ServedBtest: Sendable {
    /// Who may test.
    package enum Login: Sendable {
        case anyone
        case user(String, password: Secret)
        /// The accounts of a database; for logins with MD5 their passwords are in a file of their own.
        case database(String, md5Secrets: String?)
    }

    package struct Configuration: Sendable {
        package var listeners: [ListenEndpoint]
        package var login: Login
        /// What is asked of those who log in.
        package var authentication: BtestAuthentication
        /// Limits; accounts, ledger and events come from here.
        package var limits: BtestServer.Configuration
        package var destinations: ServerRecords.Destinations

        package init(
            listeners: [ListenEndpoint], login: Login, authentication: BtestAuthentication,
            limits: BtestServer.Configuration, destinations: ServerRecords.Destinations
        ) {
            self.listeners = listeners
            self.login = login
            self.authentication = authentication
            self.limits = limits
            self.destinations = destinations
        }
    }

    private let server: BtestServer
    private let records: ServerRecords
    private let keeper: AccountKeeper?

    /// Opens files and listens; nobody is served before ``run()``.
    package init(_ configuration: Configuration, logger: Logger) async throws(ServingError) {
        let records = try await ServerRecords.open(
            configuration.destinations, authentication: configuration.authentication, logger: logger)
        let keeper = try await Self.keeper(configuration.login, logger)
        var limits = configuration.limits
        if let keeper {
            limits.accounts = keeper.accounts
            limits.ledger = keeper.ledger
            limits.events = {
                records.take($0)
                keeper.note($0)
            }
        } else {
            limits.accounts = try Self.accounts(configuration)
            limits.events = { records.take($0) }
        }
        do {
            server = try await BtestServer.bind(
                to: configuration.listeners.map { ($0.host, $0.port) }, configuration: limits, logger: logger)
        } catch {
            throw .cannotListen(configuration.listeners, error)
        }
        self.records = records
        self.keeper = keeper
        for address in server.addresses { logger.info("listening on \(ListenAddress.text(address))") }
    }

    /// Serves until the task is cancelled, and writes what is then left to write.
    package func run() async {
        async let written: Void = records.run()
        if let keeper {
            await keeper.serving { await server.run() }
        } else {
            await server.run()
        }
        records.finish()
        await written
    }

    private static func keeper(_ login: Login, _ logger: Logger) async throws(ServingError) -> AccountKeeper? {
        guard case .database(let path, let md5Secrets) = login else { return nil }
        do {
            return try await AccountKeeper(
                store: AccountStore(path: path, access: .readWrite), md5Secrets: md5Secrets, logger: logger)
        } catch let error as AccountStoreError {
            throw .accounts(error)
        } catch {
            throw .unusable("\(error)")
        }
    }

    private static func accounts(_ configuration: Configuration) throws(ServingError) -> BtestAccounts {
        guard case .user(let user, let password) = configuration.login else { return .open }
        guard configuration.authentication == .ecSRP5 else {
            return password.revealed { .md5(passwords: [user: $0]) }
        }
        do {
            return try password.revealed { try BtestAccounts.ecSRP5(user: user, password: $0) }
        } catch {
            throw .unusable("\(error)")
        }
    }
}
