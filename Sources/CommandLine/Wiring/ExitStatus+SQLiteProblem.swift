import SQLiteFiles

extension ExitStatus {
    /// What passes by itself is `.busy`, so that whoever called tries again; what is damaged `.badData`; what somebody must put right
    /// `.configuration`.
    init(_ problem: SQLiteProblem) {
        self =
            switch problem.prospect {
            case .passes: .busy
            case .damage: .badData
            case .lasts: .configuration
            }
    }
}
