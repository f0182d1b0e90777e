import Files
import Glibc

/// Which files may hold a secret: those of this user or of root that nobody else can open.
///
/// A link is followed, because secrets are mounted and managed as links (Kubernetes, stow), when it belongs to this user or to root
/// itself, and its target passes. The folders on the way are not looked at.
package enum SecretFileRule {
    /// - Parameters:
    ///   - status: of the open file.
    ///   - user: who runs this.
    package static func refusal(of path: String, _ status: FileStatus, user: uid_t = geteuid()) -> BoundedFile.Failure?
    {
        let shown = ShellText.quoted(path)
        var link = stat()
        if lstat(path, &link) == 0, link.st_mode & S_IFMT == S_IFLNK, !isTrusted(link.st_uid, user) {
            return BoundedFile.Failure(
                what: "is a link of another user (\(name(of: link.st_uid)))", remedy: "name the file that it leads to")
        }
        guard isTrusted(status.owner, user) else {
            return BoundedFile.Failure(
                what: "belongs to another user (\(name(of: status.owner)))",
                remedy: "run as that user, or run chown \(name(of: user)) \(shown)")
        }
        guard !status.isOpenToOthers else {
            return BoundedFile.Failure(
                what: "is open to others (mode \(status.mode))", remedy: "run chmod 600 \(shown)")
        }
        return nil
    }

    private static func isTrusted(_ owner: uid_t, _ user: uid_t) -> Bool { owner == user || owner == 0 }

    /// The user's name, or the number where it has none.
    private static func name(of user: uid_t) -> String {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 4096)
        guard getpwuid_r(user, &entry, &buffer, buffer.count, &found) == 0, found != nil, let name = entry.pw_name
        else { return "\(user)" }
        return String(cString: name)
    }
}
