import ArgumentParser
import FleetModel
import Foundation
import Secrets

/// Where a password comes from: never from the command line, which every user of the machine can read.
struct PasswordOptions: ParsableArguments {
    @Option(help: ArgumentHelp("File with the password, readable by its owner alone.", valueName: "file"))
    var passwordFile: String?

    @Flag(help: "Read the password from the first line of standard input.")
    var passwordStdin = false

    static let variable = "PROBE_PASSWORD"

    /// - Parameter user: the user name that was given; a password without one would be used nowhere.
    func credential(user: String?) throws -> Credential? {
        if let user { return Credential(name: SingleTest.credentialName, user: user, password: try source()) }
        let given = passwordFile != nil ? "--password-file" : passwordStdin ? "--password-stdin" : nil
        if let given { throw ValidationError("\(given) needs a user name: give it with -a, for example -a admin.") }
        return nil
    }

    /// Whether a password comes from anywhere but a prompt.
    var isGiven: Bool {
        passwordFile != nil || passwordStdin || ProcessInfo.processInfo.environment[Self.variable] != nil
    }

    /// A password that is to become an account's, from the same sources; a prompt asks for it twice.
    ///
    /// - Throws: for a blank one: a router may have that, but at a server of ours whoever knows a name could log in.
    func newPassword() async throws -> Secret {
        let credential = Credential(
            name: SingleTest.credentialName, user: "", password: try source(confirmed: true))
        let password: Secret
        do {
            password = try await SecretReader().password(of: credential)
        } catch {
            throw CommandFailure(.configuration, error.message).reported()
        }
        guard password.revealed({ !$0.isEmpty }) else {
            throw CommandFailure(
                .configuration,
                "the password is blank, so anybody who knows the user name could log in: give the account a password"
            ).reported()
        }
        return password
    }

    /// In the order of the options: file, standard input, environment, prompt.
    private func source(confirmed: Bool = false) throws -> Credential.PasswordSource {
        if passwordFile != nil, passwordStdin {
            throw ValidationError("--password-file and --password-stdin cannot be used together.")
        }
        if let passwordFile {
            // Read once: what comes through a pipe cannot be read again.
            do {
                return .inline(
                    try SecretReader().secret(inFile: URL(fileURLWithPath: passwordFile).path, mayBeBlank: true))
            } catch {
                throw CommandFailure(.configuration, error.message).reported()
            }
        }
        if passwordStdin {
            guard let line = readLine(strippingNewline: true) else {
                throw ValidationError(
                    "Standard input ended without a password; for a blank one write an empty line to it.")
            }
            return .inline(
                Secret(line.unicodeScalars.first == "\u{FEFF}" ? String(line.unicodeScalars.dropFirst()) : line))
        }
        if ProcessInfo.processInfo.environment[Self.variable] != nil { return .environment(name: Self.variable) }
        guard isatty(STDIN_FILENO) == 1 else {
            throw ValidationError(
                "A user name needs a password: give --password-file, --password-stdin or $\(Self.variable).")
        }
        guard let typed = getpass("Password: ") else { throw ValidationError("No password was typed.") }
        let password = String(cString: typed)
        if confirmed {
            guard let again = getpass("Password again: "), String(cString: again) == password else {
                throw ValidationError("The two passwords differ; nothing was changed.")
            }
        }
        return .inline(Secret(password))
    }
}
