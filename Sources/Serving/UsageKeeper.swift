import Accounts
import Foundation
import Logging
import ServerLimits

/// Keeps what a running server counts in a database, so that quotas outlast the server.
struct UsageKeeper: Sendable {
    /// Twice a second, so that a killed server has lost less than a second of what was moved.
    private static let interval = Duration.milliseconds(500)
    private static let daysOfUsers = 400
    /// Two months: what any quota looks back, and a little more.
    private static let daysOfAddresses = 62

    let ledger: QuotaLedger
    private let store: AccountStore
    private let journal: UsageJournal
    private let logger: Logger

    /// - Throws: ``AccountStoreError``, one sentence.
    init(store: AccountStore, logger: Logger) async throws(AccountStoreError) {
        let today = DailyUsage.day(of: Date())
        try await store.prune(usersBefore: today - Self.daysOfUsers, addressesBefore: today - Self.daysOfAddresses)
        ledger = QuotaLedger(past: try await Self.past(store))
        journal = UsageJournal(store: store, ledger: ledger)
        self.store = store
        self.logger = logger
    }

    /// Keeps the reason of a refusal; quick, as a server wants it.
    func note(_ refusal: Refusal) {
        journal.note(refusal)
    }

    /// Saves usage while `body` runs, and once more when it has ended.
    ///
    /// - Parameter turn: done before each saving, for what else is to be kept in step; throws what is then logged.
    func serving(
        _ body: () async -> Void, each turn: @escaping @Sendable () async throws -> Void = {},
        problem: Logger.Message = ""
    ) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await follow(turn, problem) }
            await body()
            group.cancelAll()
        }
        do { try await journal.save() } catch { logger.error("usage was not saved", metadata: ["reason": "\(error)"]) }
        // One whole file is left, which can be copied as it is.
        try? store.close()
    }

    private func follow(_ turn: @Sendable () async throws -> Void, _ problem: Logger.Message) async {
        var problems = (file: "", turn: "", usage: "")
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.interval)
            do {
                try await followFile()
                problems.file = ""
            } catch {
                report("the accounts database cannot be used now", error, &problems.file)
            }
            do {
                try await turn()
                problems.turn = ""
            } catch {
                report(problem, error, &problems.turn)
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

    /// Goes on with the file that took the place of the database.
    private func followFile() async throws {
        guard let sentence = try await store.look() else { return }
        logger.notice("\(sentence)")
        ledger.rebase(on: try await Self.past(store))
    }

    /// What a quota of today may look back at.
    private static func past(_ store: AccountStore) async throws(AccountStoreError) -> [DailyUsage] {
        try await store.usage(since: DailyUsage.day(of: Date()) - QuotaPeriod.longest)
    }

    /// Logs a problem when it begins, not at each try.
    private func report(_ message: Logger.Message, _ error: any Error, _ last: inout String) {
        let reason = "\(error)"
        if reason != last { logger.error(message, metadata: ["reason": "\(reason)"]) }
        last = reason
    }
}
