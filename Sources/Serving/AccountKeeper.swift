import Accounts
import Btest
import ECSRP5
import Foundation
import Logging
import ServerLimits

/// Keeps a running btest server and its users database in step: changes of `probe user` come in, usage goes out.
struct AccountKeeper: Sendable {
    let accounts: BtestAccounts
    private let live: LiveAccounts
    private let usage: UsageKeeper
    private let logger: Logger

    var ledger: QuotaLedger { usage.ledger }

    /// - Parameter md5Secrets: where the passwords are, when logins are with MD5.
    /// - Throws: ``AccountStoreError`` or ``Md5SecretsError``, each one sentence.
    init(store: AccountStore, md5Secrets: String?, logger: Logger) async throws {
        live = try await LiveAccounts(store, md5Secrets: md5Secrets.map { Md5SecretsFile(path: $0) })
        let directory = UserDirectory(accounts: live)
        accounts =
            md5Secrets == nil
            ? .ecSRP5(directory: directory, decoys: { [live] in live.decoys }) : .md5(directory: directory)
        usage = try await UsageKeeper(store: store, logger: logger)
        self.logger = logger
        logger.info("accounts are in \(store.path)", metadata: ["users": "\(live.count)"])
        if live.count == 0 { logger.warning("nobody can log in: there is no user yet (see `probe user add`)") }
    }

    /// Keeps the reason of every refusal; quick, as the server wants it.
    func note(_ event: BtestServerEvent) {
        if let refusal = Self.refusal(event, at: Date()) { usage.note(refusal) }
    }

    /// Follows the accounts and saves usage while `body` runs, and once more when it has ended.
    func serving(_ body: () async -> Void) async {
        await usage.serving(
            body,
            each: {
                guard try await live.refresh() else { return }
                logger.info("accounts changed", metadata: ["users": "\(live.count)"])
            }, problem: "accounts cannot be read; those already known stay in force")
    }

    private static func refusal(_ event: BtestServerEvent, at date: Date) -> Refusal? {
        switch event {
        case .loginFailed(let peer, let userName, let failure):
            Refusal(date: date, peer: Self.address(of: peer), user: userName, reason: "\(failure)")
        // Told as a failed login already.
        case .refused(_, _, .login): nil
        case .refused(let peer, let userName, let refusal):
            Refusal(date: date, peer: Self.address(of: peer), user: userName, reason: "\(refusal)")
        case .connectionDropped(let source, let reason, _):
            Refusal(date: date, peer: source, user: nil, reason: reason)
        case .testEnded(let test, let result):
            if case .quota(let sentence) = result.reason {
                Refusal(date: date, peer: test.peer, user: test.userName, reason: "test ended: \(sentence)")
            } else {
                nil
            }
        case .testStarted: nil
        }
    }

    /// A refusal is told by its address: the port is another one each time, and no rule of a firewall names it.
    private static func address(of peer: String) -> String {
        if peer.hasPrefix("[") { return String(peer.dropFirst().prefix { $0 != "]" }) }
        return peer.filter { $0 == ":" }.count == 1 ? String(peer.prefix { $0 != ":" }) : peer
    }
}
