/// How to log in to a router: a user name and where its password is kept.
public struct Credential: Sendable {
    /// Where the password comes from. It is read when a probe needs it, so that a rotated secret needs no reload.
    public enum PasswordSource: Sendable {
        /// A file that only its owner can read; its trailing newline does not count. An absolute path.
        case file(path: String)
        /// An environment variable of this process.
        case environment(name: String)
        /// A file of that name in systemd's `$CREDENTIALS_DIRECTORY`.
        case systemdCredential(name: String)
        /// The first line that a shell command prints; the command has ten seconds.
        case command(String)
        /// Text in the fleet file itself, which must then be readable by its owner alone.
        case inline(Secret)
    }

    /// The name under `credentials:` in the fleet file.
    public let name: String
    public let user: String
    public let password: PasswordSource

    public init(name: String, user: String, password: PasswordSource) {
        self.name = name
        self.user = user
        self.password = password
    }
}
