import Glibc

/// What a file is, whose it is, and who may open it.
package struct FileStatus {
    package enum Kind {
        case regular, pipe, folder, other
    }

    package let kind: Kind
    /// The user that it belongs to.
    package let owner: uid_t
    /// Permission bits.
    package let bits: UInt32

    private init(_ status: stat) {
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFIFO: .pipe
            case S_IFDIR: .folder
            default: .other
            }
        owner = status.st_uid
        bits = status.st_mode & 0o7777
    }

    /// - Returns: nil for a descriptor that is not open.
    package init?(descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    /// Of the file behind any links.
    ///
    /// - Returns: nil for a file that is not there.
    package init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    /// Whether the group or others may do anything with the file.
    package var isOpenToOthers: Bool { bits & 0o077 != 0 }

    /// The permission bits as chmod takes them: `0644`.
    package var mode: String {
        let octal = String(bits, radix: 8)
        return String(repeating: "0", count: max(0, 4 - octal.count)) + octal
    }
}
