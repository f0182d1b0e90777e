import Files
import SQLiteFiles

/// Why the accounts could not be read or changed, each as one sentence for people.
public enum AccountStoreError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong with the file.
    case file(SQLiteProblem, path: String)
    /// There is no account of that name.
    case unknownUser(String)
    /// There is an account of that name already.
    case userExists(String)
    /// What was asked cannot be kept: a sentence.
    case invalid(String)

    /// What an error of the database layer comes to.
    init(_ error: any Error, path: String) {
        self = error as? AccountStoreError ?? .file(SQLiteProblem(error), path: path)
    }

    public var description: String {
        switch self {
        case .file(let problem, let path): Self.words.sentence(problem, path: path)
        case .unknownUser(let name): "there is no user \(name.debugDescription); see `probe user list`"
        case .userExists(let name): "the user \(name.debugDescription) exists already; `probe user set` changes it"
        case .invalid(let sentence): sentence
        }
    }

    private static let words = SQLiteFileWords(
        noun: "accounts database", content: "accounts", option: "--users-db", updater: "`probe user set` or the server",
        remedy: "; remove that user and add it again"
    ) { "`probe user add NAME --users-db \(ShellText.quoted($0))`" }
}
