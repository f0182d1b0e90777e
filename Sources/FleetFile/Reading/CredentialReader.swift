import Files
import Foundation
import Secrets

/// Reads one entry of `credentials:`.
struct CredentialReader {
    let values: ValueReader
    /// Whether the password's file is looked at, too.
    let checkingSecrets: Bool

    private static let sources = [
        "password_file", "password_env", "password_credential", "password_command", "password",
    ]

    func read(_ entry: SourceEntry) -> Credential? {
        guard var reader = MappingReader(entry.value, place: "a credential", values: values, isSecret: true) else {
            return nil
        }
        let user = reader.text("user")
        if !reader.has("user") { reader.reportMissing("user", remedy: "write user: NAME") }
        let present = Self.sources.filter(reader.has)
        let path = reader.path("password_file")
        let variable = reader.text("password_env")
        let credentialName = reader.text("password_credential")
        let command = reader.text("password_command")
        let inline = reader.rawEntry("password").flatMap { readInline($0) }
        let fileEntry = reader.rawEntry("password_file")
        reader.finish()

        guard present.count == 1 else {
            values.problems.report(
                entry.keyPosition,
                "a credential needs exactly one of password_file, password_env, password_credential, password_command",
                found: present.isEmpty ? "found none" : "found " + present.joined(separator: " and "),
                remedy: "write password_file: secrets/\(Self.fileName(entry.key)), for example")
            return nil
        }
        if checkingSecrets, let path, let fileEntry {
            SecretFileCheck(problems: values.problems).check(path, at: fileEntry.value.position)
        }
        guard let user, let source = source(path, variable, credentialName, command, inline) else { return nil }
        if case .systemdCredential(let name) = source, name.contains("/") || name.hasPrefix(".") {
            values.problems.report(
                entry.value.position, "\"password_credential\" must be a file name in $CREDENTIALS_DIRECTORY",
                found: "found " + SourceNode.quoted(name), remedy: "write the name given to LoadCredential=")
            return nil
        }
        return Credential(name: entry.key, user: user, password: source)
    }

    /// A name that needs no quotes, or a word that stands for one.
    private static func fileName(_ name: String) -> String {
        let isPlain = name.utf8.allSatisfy { byte in
            Unicode.Scalar(byte).properties.isAlphabetic || "0123456789._-".utf8.contains(byte)
        }
        return isPlain && name.allSatisfy(\.isASCII) && !name.hasPrefix(".") && !name.hasPrefix("-") ? name : "NAME"
    }

    private func source(
        _ path: String?, _ variable: String?, _ credentialName: String?, _ command: String?, _ inline: Secret?
    ) -> Credential.PasswordSource? {
        if let path { return .file(path: path) }
        if let variable { return .environment(name: variable) }
        if let credentialName { return .systemdCredential(name: credentialName) }
        if let command { return .command(command) }
        return inline.map { .inline($0) }
    }

    private func readInline(_ entry: SourceEntry) -> Secret? {
        if case .nothing = entry.value.content {
            values.problems.report(
                entry.keyPosition, "\"password\" has no value",
                remedy: "write password: \"\" for a blank one, or password_file")
            return nil
        }
        // A blank password is no secret: everybody may read that there is none.
        if case .scalar("", _) = entry.value.content { return Secret("") }
        let file = entry.value.position.file
        if let status = FileStatus(path: file.path), let refusal = SecretFileRule.refusal(of: file.path, status) {
            values.problems.report(
                entry.keyPosition, "\"password\" stands in a file that \(refusal.what)",
                remedy: "\(refusal.remedy), or use password_file")
        }
        return values.text(entry.value, of: "password", secret: true).map(Secret.init)
    }
}
