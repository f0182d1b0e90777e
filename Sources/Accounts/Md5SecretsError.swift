import Files

/// Why the file of MD5 passwords could not be used. It never holds a password.
public struct Md5SecretsError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Reason: Sendable, Equatable {
        case missing
        case folderMissing
        case notPermitted
        case notAFile
        case tooLarge
        /// Its mode in octal.
        case openToOthers(mode: String)
        /// It belongs to a user who is neither the one that runs this nor root.
        case ofAnotherUser(UInt32)
        /// What does not look like `{"user": "password"}`.
        case malformed(String)
        case failed(String)
    }

    public let path: String
    public let reason: Reason

    public var description: String {
        switch reason {
        case .missing:
            "there is no file of MD5 passwords \(path); `probe user add NAME --md5-secrets \(path)` makes it"
        case .folderMissing: "the folder of the MD5 passwords \(path) does not exist; create it, or name another file"
        case .notPermitted: "this user may not read and write the MD5 passwords \(path) and their folder"
        case .notAFile: "\(path) is not a file and cannot hold MD5 passwords"
        case .tooLarge: "the MD5 passwords \(path) have more than \(Md5SecretsFile.largestSize >> 20) MiB"
        case .openToOthers(let mode):
            "the MD5 passwords \(path) are open to others (mode \(mode)); run chmod 600 \(ShellText.quoted(path))"
        case .ofAnotherUser(let owner):
            "the MD5 passwords \(path) belong to another user (\(owner)); run as that user or change the owner"
        case .malformed(let detail):
            "the MD5 passwords \(path) cannot be read (\(detail)); the file reads {\"user\": \"password\"}"
        case .failed(let detail): "the MD5 passwords \(path) cannot be used: \(detail)"
        }
    }
}
