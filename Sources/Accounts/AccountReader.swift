import ECSRP5
import GRDB
import SQLiteFiles
import ServerLimits

/// Makes accounts of the rows of three tables.
struct AccountReader {
    let db: Database

    private static let columns = """
        SELECT id, name, salt, x_gamma, parity, enabled, max_bits_per_second, max_sessions, created_at, changed_at
        FROM account
        """

    /// All accounts by name.
    func accounts() throws -> [Account] {
        var networks: [Int64: [AddressRange]] = [:]
        for row in try Row.fetchAll(db, sql: "SELECT account, range FROM account_address ORDER BY range") {
            let account = try ColumnReader(row: row, table: "allowed network").requiredInteger(0, "account")
            networks[account, default: []].append(try network(row))
        }
        var quotas: [Int64: [QuotaRule]] = [:]
        for row in try Row.fetchAll(db, sql: "SELECT account, period, direction, bytes FROM account_quota") {
            quotas[try ColumnReader(row: row, table: "quota").requiredInteger(0, "account"), default: []].append(
                try rule(row))
        }
        return try Row.fetchAll(db, sql: Self.columns + " ORDER BY name").map { row in
            let id = try ColumnReader(row: row, table: "user").requiredInteger(0, "id")
            return try account(row, networks: networks[id] ?? [], quotas: quotas[id] ?? [])
        }
    }

    /// The account of this name; nil where there is none.
    func account(named name: String) throws -> (id: Int64, account: Account)? {
        guard let row = try Row.fetchOne(db, sql: Self.columns + " WHERE name = ?", arguments: [name]) else {
            return nil
        }
        let id = try ColumnReader(row: row, table: "user", name: name).requiredInteger(0, "id")
        let networks = try Row.fetchAll(
            db, sql: "SELECT account, range FROM account_address WHERE account = ? ORDER BY range", arguments: [id])
        let quotas = try Row.fetchAll(
            db, sql: "SELECT account, period, direction, bytes FROM account_quota WHERE account = ?", arguments: [id])
        return (id, try account(row, networks: networks.map(network), quotas: quotas.map(rule)))
    }

    private func account(_ row: Row, networks: [AddressRange], quotas: [QuotaRule]) throws -> Account {
        var reader = ColumnReader(row: row, table: "user")
        reader.name = try reader.requiredText(1, "name")
        return Account(
            name: reader.name,
            salt: try reader.require(try? Salt(bytes: reader.requiredBytes(2, "salt")), "salt"),
            publicKey: try reader.require(
                try? MontgomeryPublicKey(
                    x: reader.requiredBytes(3, "x_gamma"),
                    parity: UInt8(truncatingIfNeeded: reader.requiredInteger(4, "parity"))),
                "verifier"),
            terms: AccountTerms(
                isEnabled: try reader.requiredInteger(5, "enabled") != 0, allowedNetworks: networks,
                quotas: quotas.sorted { AccountTerms.order($0) < AccountTerms.order($1) },
                maxBitsPerSecond: try reader.real(6, "max_bits_per_second"),
                maxSessions: try reader.integer(7, "max_sessions").map { Int($0) }),
            createdAt: AccountTime.date(ofNanoseconds: try reader.requiredInteger(8, "created_at")),
            changedAt: AccountTime.date(ofNanoseconds: try reader.requiredInteger(9, "changed_at")))
    }

    private func network(_ row: Row) throws -> AddressRange {
        let reader = ColumnReader(row: row, table: "allowed network")
        return try reader.require(try? AddressRange(reader.requiredText(1, "range")), "range")
    }

    private func rule(_ row: Row) throws -> QuotaRule {
        let reader = ColumnReader(row: row, table: "quota")
        return QuotaRule(
            try reader.require(QuotaPeriod(rawValue: reader.requiredText(1, "period")), "period"),
            try reader.require(QuotaDirection(rawValue: reader.requiredText(2, "direction")), "direction"),
            bytes: try reader.requiredInteger(3, "bytes"))
    }
}
