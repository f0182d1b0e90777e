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
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            let fresh = path + ".\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
            let made = FileManager.default.createFile(
                atPath: fresh, contents: Data((uuid + "\n").utf8), attributes: [.posixPermissions: 0o600])
            guard made, rename(fresh, path) == 0 else {
                let reason = String(cString: strerror(errno)).lowercased()
                unlink(fresh)
                throw ControlError.local("the file \(path) cannot be written (\(reason))")
            }
        } catch let error as ControlError {
            throw error
        } catch {
            throw .local("the folder \(folder) cannot be made; name another with $FLEETPROBE_STATE")
        }
    }
}
