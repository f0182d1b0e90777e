import Accounts
import FleetModel
import Foundation
import Reports
import ServerLimits

/// Accounts with their limits and what was used of them, in the formats of every command.
struct UserListing {
    let accounts: [Account]
    /// At least what was moved in the last ``QuotaPeriod/longest`` days.
    let usage: [DailyUsage]
    /// Days since 1970-01-01, UTC.
    let today: Int

    func text(_ format: OutputFormat) -> String {
        let rows = rows
        switch format {
        case .table: return Self.table(rows)
        case .json: return "[" + rows.map { $0.json.line }.joined(separator: ",") + "]\n"
        case .jsonl: return rows.map { $0.json.line + "\n" }.joined()
        case .csv: return Self.csv(rows)
        }
    }

    /// One user.
    struct Row {
        let account: Account
        let used: [QuotaPeriod: Moved]

        struct Moved {
            var received: Int64 = 0
            var sent: Int64 = 0

            func bytes(_ direction: QuotaDirection) -> Int64 {
                switch direction {
                case .received: received
                case .sent: sent
                case .combined: received.addingSaturated(sent)
                }
            }
        }

        func used(_ rule: QuotaRule) -> Int64 { (used[rule.period] ?? Moved()).bytes(rule.direction) }
    }

    private var rows: [Row] {
        var days: [String: [DailyUsage]] = [:]
        for day in usage {
            if case .user(let name) = day.subject { days[name, default: []].append(day) }
        }
        return accounts.map { account in
            var used: [QuotaPeriod: Row.Moved] = [:]
            for period in QuotaPeriod.allCases {
                let first = period.firstDay(of: today)
                used[period] = (days[account.name] ?? []).reduce(into: Row.Moved()) { sum, usage in
                    guard (first...today).contains(usage.day) else { return }
                    sum.received = sum.received.addingSaturated(usage.bytesReceived)
                    sum.sent = sum.sent.addingSaturated(usage.bytesSent)
                }
            }
            return Row(account: account, used: used)
        }
    }

    private static func table(_ rows: [Row]) -> String {
        var table = TextTable(
            headings: [
                "USER", "STATE", "IN TODAY", "OUT TODAY", "IN MONTH", "OUT MONTH", "QUOTAS", "FROM", "RATE", "TESTS",
            ], numeric: [2, 3, 4, 5, 8, 9])
        table.rows = rows.map { row in
            let terms = row.account.terms
            func moved(_ period: QuotaPeriod, _ direction: QuotaDirection) -> String {
                ByteCount(bytes: (row.used[period] ?? .init()).bytes(direction)).description
            }
            let quotas = terms.quotas.map { rule in
                let name = Self.name(rule.period, rule.direction)
                return rule.bytes == QuotaArgument.unlimited
                    ? "\(name) unlimited"
                    : "\(name) \(ByteCount(bytes: row.used(rule))) of \(ByteCount(bytes: rule.bytes))"
            }
            return [
                row.account.name, terms.isEnabled ? "enabled" : "disabled", moved(.day, .received), moved(.day, .sent),
                moved(.month, .received), moved(.month, .sent),
                quotas.isEmpty ? "–" : quotas.joined(separator: ", "),
                terms.allowedNetworks.isEmpty
                    ? "anywhere" : terms.allowedNetworks.map(\.description).joined(separator: " "),
                terms.maxBitsPerSecond.map { BitRate(bitsPerSecond: $0).description } ?? "–",
                terms.maxSessions.map(String.init) ?? "–",
            ]
        }
        return table.text
    }

    private static func csv(_ rows: [Row]) -> String {
        var header = ["name", "enabled"]
        for period in QuotaPeriod.allCases {
            header += ["bytes_in_\(period.rawValue)", "bytes_out_\(period.rawValue)"]
        }
        let rules = QuotaPeriod.allCases.flatMap { period in QuotaDirection.allCases.map { (period, $0) } }
        header += rules.map { "quota_\($0.0.rawValue)_\($0.1.rawValue)" }
        header += ["allowed_networks", "max_bits_per_second", "max_sessions", "created_at", "changed_at"]
        var table = CSVTable(header: header)
        for row in rows {
            let (account, terms) = (row.account, row.account.terms)
            var cells: [CSVTable.Cell] = [.text(account.name), .text(terms.isEnabled ? "true" : "false")]
            for period in QuotaPeriod.allCases {
                cells += [.integer(row.used[period]?.received ?? 0), .integer(row.used[period]?.sent ?? 0)]
            }
            cells += rules.map { rule in
                let quota = terms.quotas.first { $0.period == rule.0 && $0.direction == rule.1 }
                return quota?.bytes == QuotaArgument.unlimited ? .text("unlimited") : .integer(quota?.bytes)
            }
            cells += [
                .text(terms.allowedNetworks.map(\.description).joined(separator: " ")),
                .number(terms.maxBitsPerSecond), .integer(terms.maxSessions.map(Int64.init)),
                .time(account.createdAt), .time(account.changedAt),
            ]
            table.append(cells)
        }
        return table.text
    }

    private static func name(_ period: QuotaPeriod, _ direction: QuotaDirection) -> String {
        direction == .combined ? period.rawValue : "\(period.rawValue)-\(direction.rawValue)"
    }
}

extension UserListing.Row {
    /// Numbers are bytes and bit/s; null is no limit of the user's own, or in a quota none at all.
    var json: JSONValue {
        let terms = account.terms
        return .object([
            "name": .text(account.name), "enabled": .boolean(terms.isEnabled),
            "usage": .object(
                QuotaPeriod.allCases.map { period in
                    JSONValue.Member(
                        key: period.rawValue,
                        value: .object([
                            "bytes_in": .integer(used[period]?.received ?? 0),
                            "bytes_out": .integer(used[period]?.sent ?? 0),
                        ]))
                }),
            "quotas": .array(
                terms.quotas.map { rule in
                    .object([
                        "period": .text(rule.period.rawValue), "direction": .text(rule.direction.rawValue),
                        "bytes": rule.bytes == QuotaArgument.unlimited ? .null : .integer(rule.bytes),
                        "used_bytes": .integer(used(rule)),
                    ])
                }),
            "allowed_networks": .array(terms.allowedNetworks.map { .text($0.description) }),
            "max_bits_per_second": .orNull(terms.maxBitsPerSecond),
            "max_sessions": .orNull(terms.maxSessions.map(Int64.init)),
            "created_at": .text(UTCTime.milliseconds(account.createdAt)),
            "changed_at": .text(UTCTime.milliseconds(account.changedAt)),
        ])
    }
}

extension Int64 {
    /// The sum, or the end of the range where it lies beyond.
    fileprivate func addingSaturated(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other > 0 ? .max : .min) : sum
    }
}
