import SQLiteFiles

extension StoreError {
    /// The sentence for an error of the database layer.
    init(_ error: any Error, path: String) {
        if let own = error as? StoreError {
            self = own
            return
        }
        self =
            switch SQLiteProblem(error) {
            case .missing: .missing(path: path)
            case .folderMissing: .folderMissing(path: path)
            case .notPermitted: .notPermitted(path: path)
            case .notAFile: .notAFile(path: path)
            case .openToOthers(let mode): .failed(path: path, detail: "it is open to others (mode \(mode))")
            case .notADatabase: .notADatabase(path: path)
            case .foreign: .foreign(path: path)
            case .corrupt(let detail): .corrupt(path: path, detail: detail)
            case .busy: .busy(path: path)
            case .full: .full(path: path)
            case .settingRefused(let setting, let found): .settingRefused(path: path, setting: setting, found: found)
            case .failed(let detail): .failed(path: path, detail: detail)
            }
    }
}
