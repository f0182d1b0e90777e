/// What the caller wants of a database file.
public enum SQLiteAccess: Sendable {
    /// Make the file where there is none, bring an older one up to date.
    case create
    /// Change what is there, bring an older one up to date.
    case readWrite
    /// Only look: nothing is made, nothing is changed.
    case readOnly
}
