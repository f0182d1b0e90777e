import Accounts
import Btest
import ECSRP5
import Foundation
import Logging
import ServerLimits

/// Keeps a running btest server and its users database in step: changes of `probe user` come in, usage goes out.
struct AccountKeeper: Sendable {
    /// Twice a second, so that a killed server has lost less than a second of what was moved.
    private static let interval = Duration.milliseconds(500)
    private static let daysOfUsers = 400
    /// Two months: what any quota looks back, and a little more.
    private static let daysOfAddresses = 62

    let ledger: QuotaLedger
    let accounts: BtestAccounts
    private let live: LiveAccounts
    private let store: AccountStore
    private let journal: UsageJournal
    private let logger: Logger

    /// - Parameter md5Secrets: where the passwords are, when logins are by MD5.
    /// - Throws: ``AccountStoreError`` or ``Md5SecretsError``, each one sentence.
    init(store: AccountStore, md5Secrets: String?, logger: Logger) async throws {
        live = try await LiveAccounts(store, md5Secrets: md5Secrets.map { Md5SecretsFile(path: $0) })
        let directory = UserDirectory(accounts: live)
        accounts =
            md5Secrets == nil ? .ecSRP5(directory: directory, decoys: store.decoys) : .md5(directory: directory)
        let today = UserListing.day(of: Date())
        try await store.prune(usersBefore: today - Self.daysOfUsers, addressesBefore: today - Self.daysOfAddresses)
        ledger = QuotaLedger(past: try await store.usage(since: today - UserListing.longestPeriod))
        journal = UsageJournal(store: store, ledger: ledger)
        self.store = store
        self.logger = logger
        logger.info("accounts are in \(store.path)", metadata: ["users": "\(live.count)"])
        if live.count == 0 { logger.warning("nobody can log in: there is no user yet, see probe user add") }
    }

    /// Keeps the reason of every refusal; quick, as the server wants it.
    func note(_ event: BtestServerEvent) {
        if let refusal = Self.refusal(event, at: Date()) { journal.note(refusal) }
    }

    /// Follows the accounts and saves usage while `body` runs, and once more when it has ended.
    func serving(_ body: () async -> Void) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await follow() }
            await body()
            group.cancelAll()
        }
        do { try await journal.save() } catch { logger.error("usage was not saved", metadata: ["reason": "\(error)"]) }
        // One whole file is left, which can be copied as it is.
        try? store.close()
    }

    private func follow() async {
        var problems = (accounts: "", usage: "")
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.interval)
            do {
                if try await live.refresh() { logger.info("accounts changed", metadata: ["users": "\(live.count)"]) }
                problems.accounts = ""
            } catch {
                report("accounts cannot be read, those that were known go on to hold", error, &problems.accounts)
            }
            do {
                let untold = try await journal.save()
                if untold > 0 { logger.notice("more refusals than are kept", metadata: ["untold": "\(untold)"]) }
                problems.usage = ""
            } catch {
                report("usage cannot be saved now", error, &problems.usage)
            }
        }
    }

    /// Logs a problem when it begins, not at each try.
    private func report(_ message: Logger.Message, _ error: any Error, _ last: inout String) {
        let reason = "\(error)"
        if reason != last { logger.error(message, metadata: ["reason": "\(reason)"]) }
        last = reason
    }

    private static func refusal(_ event: BtestServerEvent, at date: Date) -> Refusal? {
        switch event {
        case .loginFailed(let peer, let userName, let failure):
            Refusal(date: date, peer: peer, user: userName, reason: "\(failure)")
        // Told as a failed login already.
        case .refused(_, _, .login): nil
        case .refused(let peer, let userName, let refusal):
            Refusal(date: date, peer: peer, user: userName, reason: "\(refusal)")
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
}
