import GRDB

extension AccountStoreError {
    /// The sentence for an error of the database layer.
    init(_ error: any Error, path: String) {
        if let own = error as? AccountStoreError {
            self = own
            return
        }
        guard let failure = error as? DatabaseError else {
            self = .failed(path: path, detail: "\(error)")
            return
        }
        let detail = failure.message ?? failure.resultCode.description
        self =
            switch failure.resultCode {
            case .SQLITE_NOTADB: .notADatabase(path: path)
            case .SQLITE_CORRUPT: .corrupt(path: path, detail: detail)
            case .SQLITE_BUSY, .SQLITE_LOCKED: .busy(path: path)
            case .SQLITE_FULL: .full(path: path)
            case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_READONLY, .SQLITE_AUTH: .notPermitted(path: path)
            default: .failed(path: path, detail: detail)
            }
    }
}
