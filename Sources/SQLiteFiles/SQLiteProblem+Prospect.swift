extension SQLiteProblem {
    /// What is to be expected of a problem.
    public enum Prospect: Sendable {
        /// It passes by itself: whoever called tries again.
        case passes
        /// What is in the file is damaged.
        case damage
        /// Somebody must put it right.
        case lasts
    }

    public var prospect: Prospect {
        switch self {
        case .busy, .full, .gone, .unfinished, .replaced: .passes
        case .corrupt, .unreadable: .damage
        case .missing, .folderMissing, .notPermitted, .readOnly, .notAFile, .openToOthers, .notADatabase, .foreign,
            .newerSchema, .olderSchema, .settingRefused, .failed:
            .lasts
        }
    }
}
