import Foundation

/// The passwords of users who log in with MD5, in a file apart: `{"user": "password"}`.
///
/// MD5's proof cannot be checked against anything less than the password. So the accounts' database has none, and who
/// needs RouterOS before 6.43 keeps this file beside it, for its owner alone.
public struct Md5SecretsFile: Sendable {
    public static let largestSize = 4 << 20

    /// What tells one content of the file from the next without reading it: a writer puts a new file in its place.
    public struct Stamp: Sendable, Equatable {
        let inode: UInt64
        let size: Int64
        let seconds: Int64
        let nanoseconds: Int64
    }

    private static let permissions: mode_t = 0o600

    public let path: String

    public init(path: String) {
        self.path = path
    }

    /// Reads all passwords.
    ///
    /// - Throws: ``Md5SecretsError`` for a file that is missing, open to anybody but its owner, or of another form.
    public func passwords() throws(Md5SecretsError) -> [String: String] {
        try content().passwords
    }

    /// Reads all passwords and what tells this content from another.
    public func content() throws(Md5SecretsError) -> (passwords: [String: String], stamp: Stamp) {
        // Not blocking: a FIFO without a writer would hold an open() for ever.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw failure(errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw error(.notAFile) }
        guard status.st_mode & 0o077 == 0 else {
            let octal = String(status.st_mode & 0o7777, radix: 8)
            throw error(.openToOthers(mode: String(repeating: "0", count: max(0, 4 - octal.count)) + octal))
        }
        guard status.st_uid == geteuid() || status.st_uid == 0 else { throw error(.ofAnotherUser(status.st_uid)) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw failure(errno)
            }
            if count == 0 { break }
            bytes += buffer.prefix(count)
            guard bytes.count <= Self.largestSize else { throw error(.tooLarge) }
        }
        return (try decoded(bytes), Self.stamp(status))
    }

    /// What tells the file's content now from another; nil where there is no file.
    public func stamp() -> Stamp? {
        var status = stat()
        return stat(path, &status) == 0 ? Self.stamp(status) : nil
    }

    /// Keeps a password, in a file that is made where there is none.
    ///
    /// - Throws: ``Md5SecretsError``; the file is then as it was.
    public func set(_ password: String, forUser name: String) throws(Md5SecretsError) {
        try change { $0[name] = password }
    }

    /// Forgets a user's password.
    ///
    /// - Returns: whether there was one.
    /// - Throws: ``Md5SecretsError``; the file is then as it was.
    @discardableResult
    public func remove(user name: String) throws(Md5SecretsError) -> Bool {
        guard try passwords()[name] != nil else { return false }
        try change { $0[name] = nil }
        return true
    }

    /// Reads, changes and replaces the file as one step: the lock of its folder keeps other writers out.
    private func change(_ body: (inout [String: String]) -> Void) throws(Md5SecretsError) {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard lock >= 0 else { throw failure(errno) }
        defer { close(lock) }
        while flock(lock, LOCK_EX) != 0 {
            guard errno == EINTR else { throw failure(errno) }
        }
        var passwords: [String: String] = [:]
        do {
            passwords = try self.passwords()
        } catch {
            guard error.reason == .missing else { throw error }
        }
        body(&passwords)
        try replace(with: try encoded(passwords))
        // The name too must have reached the disk.
        _ = fsync(lock)
    }

    /// A whole new file takes the name, so that a reader sees the old content or the new one.
    private func replace(with bytes: [UInt8]) throws(Md5SecretsError) {
        let fresh = path + ".new"
        // Left by a writer that was killed: nobody else has the lock.
        unlink(fresh)
        let descriptor = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, Self.permissions)
        guard descriptor >= 0 else { throw failure(errno) }
        var code: Int32 = fchmod(descriptor, Self.permissions) == 0 ? 0 : errno
        var rest = bytes[...]
        while code == 0, !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 { rest = rest.dropFirst(count) } else if errno != EINTR { code = errno }
        }
        if code == 0, fsync(descriptor) != 0 { code = errno }
        close(descriptor)
        if code == 0, rename(fresh, path) != 0 { code = errno }
        guard code == 0 else {
            unlink(fresh)
            throw failure(code)
        }
    }

    private func decoded(_ bytes: [UInt8]) throws(Md5SecretsError) -> [String: String] {
        // Editors of another system put a byte order mark before the text.
        let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        let passwords: [String: String]
        do {
            passwords = try JSONDecoder().decode([String: String].self, from: Data(text))
        } catch {
            // The decoder's own words could show a password.
            throw self.error(.malformed("it is not an object of texts"))
        }
        for name in passwords.keys {
            if let problem = AccountName.problem(name) { throw error(.malformed(problem)) }
        }
        return passwords
    }

    private func encoded(_ passwords: [String: String]) throws(Md5SecretsError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(passwords)) + [UInt8(ascii: "\n")]
        } catch {
            throw self.error(.failed("they do not encode"))
        }
    }

    private static func stamp(_ status: stat) -> Stamp {
        Stamp(
            inode: UInt64(status.st_ino), size: Int64(status.st_size), seconds: Int64(status.st_mtim.tv_sec),
            nanoseconds: Int64(status.st_mtim.tv_nsec))
    }

    private func error(_ reason: Md5SecretsError.Reason) -> Md5SecretsError {
        Md5SecretsError(path: path, reason: reason)
    }

    private func failure(_ code: Int32) -> Md5SecretsError {
        switch code {
        case ENOENT, ENOTDIR:
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
            return error(access(folder, F_OK) == 0 ? .missing : .folderMissing)
        case EACCES, EPERM, EROFS: return error(.notPermitted)
        case EISDIR: return error(.notAFile)
        default: return error(.failed(String(cString: strerror(code))))
        }
    }
}
