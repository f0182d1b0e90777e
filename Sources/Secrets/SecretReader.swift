import Files
import Foundation

/// Reads passwords and keys from where the fleet file says they are kept.
public struct SecretReader: Sendable {
    /// 64 KiB, for files and for what a command prints.
    public static let largestSecret = 64 << 10

    private let environment: [String: String]
    private let commandLimit: Duration

    /// - Parameters:
    ///   - environment: where `password_env` and `$CREDENTIALS_DIRECTORY` are looked up.
    ///   - commandLimit: how long a `password_command` may take; ten seconds by default.
    public init(
        environment: [String: String] = ProcessInfo.processInfo.environment, commandLimit: Duration = .seconds(10)
    ) {
        self.environment = environment
        self.commandLimit = commandLimit
    }

    /// The password of a credential. A command runs on a thread of its own, so that no task waits in the pool.
    ///
    /// RouterOS permits a blank password: a file, a variable or a text without a character stands for it. A command that prints nothing
    /// does not, because that is how one fails.
    public func password(of credential: Credential) async throws(SecretError) -> Secret {
        switch credential.password {
        case .file(let path): return try secret(inFile: path, mayBeBlank: true)
        case .environment(let name): return try secret(inVariable: name)
        case .systemdCredential(let name): return try secret(inCredential: name)
        case .command(let command): return try await secret(printedBy: command)
        case .inline(let secret): return secret
        }
    }

    /// A secret file's content without its last line end.
    ///
    /// - Parameter mayBeBlank: whether a file without a character, or with a line end alone, is a blank password.
    /// - Throws: for a file that is missing, larger than 64 KiB, neither a regular file nor a pipe, of another user than this one or
    ///   root, open to anybody but its owner, or empty where that is no password.
    public func secret(inFile path: String, mayBeBlank: Bool = false) throws(SecretError) -> Secret {
        try Self.secret(from: try Self.text(ofFile: path), of: "the secret file \(path)", mayBeBlank: mayBeBlank)
    }

    private func secret(inVariable name: String) throws(SecretError) -> Secret {
        guard let text = environment[name] else {
            throw SecretError(
                what: "the environment variable \(name) is not set", remedy: "set it for the process that tests")
        }
        return try Self.secret(from: text, of: "the environment variable \(name)", mayBeBlank: true)
    }

    private func secret(inCredential name: String) throws(SecretError) -> Secret {
        guard let folder = environment["CREDENTIALS_DIRECTORY"], !folder.isEmpty else {
            throw SecretError(
                what: "$CREDENTIALS_DIRECTORY is not set, so there is no systemd credential \(name)",
                remedy: "run under a unit with LoadCredential=\(name):PATH")
        }
        // systemd guards the folder; the files in it may belong to another user than the service's.
        let path = (folder as NSString).appendingPathComponent(name)
        return try Self.secret(
            from: try Self.text(ofFile: path, isGuarded: true), of: "the systemd credential \(name)",
            mayBeBlank: true)
    }

    private func secret(printedBy command: String) async throws(SecretError) -> Secret {
        let shell = ShellCommand(command: command, limit: commandLimit, largestOutput: Self.largestSecret)
        switch await shell.firstLine() {
        case .success(let line):
            guard !line.isEmpty else {
                throw SecretError(
                    what: "the password command printed nothing",
                    remedy: "let it print the password, or write password: \"\" where it is blank")
            }
            return Secret(line)
        case .failure(let error): throw error
        }
    }

    /// The text of a file that only its owner may open, without a byte order mark.
    static func text(ofFile path: String, isGuarded: Bool = false) throws(SecretError) -> String {
        let content = BoundedFile.read(path: path, limit: largestSecret) { status in
            isGuarded ? nil : SecretFileRule.refusal(of: path, status)
        }
        switch content {
        case .failure(let failure):
            throw SecretError(what: "the secret file \(path) \(failure.what)", remedy: failure.remedy)
        case .success(let bytes):
            guard let text = String(validating: ByteOrderMark.removed(from: bytes), as: UTF8.self) else {
                throw ByteOrderMark.isUTF16(bytes)
                    ? SecretError(what: "the secret file \(path) is UTF-16 text", remedy: "save it as UTF-8")
                    : SecretError(what: "the secret file \(path) is not UTF-8 text", remedy: "write the text alone")
            }
            return text
        }
    }

    private static func secret(
        from text: String, of source: String, mayBeBlank: Bool
    ) throws(SecretError) -> Secret {
        var secret = ByteOrderMark.removed(from: text)
        // "\r\n" is one Character.
        if let last = secret.last, last == "\n" || last == "\r\n" { secret.removeLast() }
        guard mayBeBlank || !secret.isEmpty else {
            throw SecretError(what: "\(source) is empty", remedy: "write the password into it")
        }
        guard !secret.utf8.contains(where: { $0 == 0x0A || $0 == 0x0D || $0 == 0 }) else {
            throw SecretError(what: "\(source) has more than one line", remedy: "keep the password on one line")
        }
        return Secret(secret)
    }
}
