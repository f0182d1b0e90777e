import Glibc

/// Puts a whole file in its place at once, with its final permissions from the start.
public enum WrittenFile {
    /// Writes beside the file, waits for the disk, then takes the file's name: a reader sees the old content or the new one.
    ///
    /// - Parameters:
    ///   - mode: of the new file, whatever the umask says.
    /// - Throws: the system's words in a ``MadeFolder/Failure`` with the path.
    public static func replace(_ path: String, with bytes: [UInt8], mode: mode_t) throws(MadeFolder.Failure) {
        let fresh = path + ".\(getpid())-\(UInt64.random(in: 0...UInt64.max)).new"
        let descriptor = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else { throw failure(path, errno) }
        // A umask may have taken from the mode; it can have added nothing.
        var code: Int32 = fchmod(descriptor, mode) == 0 ? 0 : errno
        var rest = bytes[...]
        while code == 0, !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 { rest = rest.dropFirst(count) } else if errno != EINTR { code = errno }
        }
        if code == 0, fsync(descriptor) != 0 { code = errno }
        if close(descriptor) != 0, code == 0 { code = errno }
        if code == 0, rename(fresh, path) != 0 { code = errno }
        guard code == 0 else {
            unlink(fresh)
            throw failure(path, code)
        }
    }

    private static func failure(_ path: String, _ code: Int32) -> MadeFolder.Failure {
        MadeFolder.Failure(path: path, reason: SystemError.words(code))
    }
}
