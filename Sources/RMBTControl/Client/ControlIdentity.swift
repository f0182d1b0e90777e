import Crypto
import Foundation
import Glibc

/// The uuid under which a Control Server knows this client, kept in the state directory: one file a server.
public struct ControlIdentity: Sendable {
    private let folder: String

    /// - Parameter folder: the state directory; made when the first uuid is kept.
    public init(folder: String) {
        self.folder = folder
    }

    private func path(for server: ControlURL) -> String {
        // Names of files are not names of hosts: what is no letter or digit is left out, and the digest tells apart.
        let digest = SHA256.hash(data: Data(server.address(of: "").utf8)).prefix(4)
        let host = server.host.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == ".") ? $0 : "-" }
        let mark = digest.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
        return folder + "/control-\(String(host.prefix(80)))-\(mark).uuid"
    }

    /// - Returns: nil where none is kept, or the file holds something else.
    func uuid(for server: ControlURL) -> String? {
        guard let handle = FileHandle(forReadingAtPath: path(for: server)) else { return nil }
        defer { try? handle.close() }
        guard let data = try? handle.read(upToCount: 64) else { return nil }
        let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        return UUID(uuidString: text) == nil ? nil : text
    }

    /// Keeps a uuid for later tests, readable by this user alone.
    ///
    /// - Throws: ``ControlError/local(_:)`` with the file and what is wrong with it.
    func keep(_ uuid: String, for server: ControlURL) throws(ControlError) {
        let path = path(for: server)
        if let reason = Self.makeFolder(folder) {
            throw .local("the folder \(folder) cannot be made (\(reason)); name another with $FLEETPROBE_STATE")
        }
        let fresh = path + ".\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        // The file has its final mode from the start.
        let descriptor = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        var code = descriptor < 0 ? errno : 0
        if descriptor >= 0 {
            let line = Array((uuid + "\n").utf8)
            let written = write(descriptor, line, line.count)
            if written != line.count { code = written < 0 ? errno : ENOSPC }
            if close(descriptor) != 0, code == 0 { code = errno }
        }
        if code == 0, rename(fresh, path) != 0 { code = errno }
        guard code == 0 else {
            unlink(fresh)
            throw .local("the file \(path) cannot be written (\(Self.words(code)))")
        }
    }

    /// Makes the folder and those above it for this user alone.
    ///
    /// - Returns: what the system has against it; nil when it is there.
    private static func makeFolder(_ path: String) -> String? {
        var made = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            made += "/" + part
            guard mkdir(made, 0o700) != 0, errno != EEXIST else { continue }
            let code = errno
            // A folder that may not be written may still be there.
            if access(made, F_OK) != 0 { return words(code) }
        }
        var status = stat()
        guard stat(path, &status) == 0 else { return words(errno) }
        return status.st_mode & S_IFMT == S_IFDIR ? nil : words(ENOTDIR)
    }

    private static func words(_ code: Int32) -> String { String(cString: strerror(code)).lowercased() }
}
