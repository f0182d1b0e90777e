import Glibc

/// Reads small files without ever blocking on something that only looks like one.
enum BoundedFile {
    /// Why a file cannot be read: the end of a sentence that begins with its name.
    struct Failure: Error, Equatable {
        let what: String
        let remedy: String
    }

    /// Reads a whole regular file.
    ///
    /// - Parameters:
    ///   - limit: the most bytes that it may have.
    ///   - permissions: may refuse the file by its permission bits before its content is read.
    static func read(
        path: String, limit: Int, permissions: (FilePermissions) -> Failure? = { _ in nil }
    ) -> Result<[UInt8], Failure> {
        // Not blocking: a FIFO without a writer would hold an open() for ever.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { return .failure(openFailure(errno)) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return .failure(openFailure(errno)) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: return .failure(Failure(what: "is a folder", remedy: "name a file"))
        default: return .failure(Failure(what: "is not a regular file", remedy: "name a regular file"))
        }
        if let refusal = permissions(FilePermissions(bits: status.st_mode)) { return .failure(refusal) }

        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while bytes.count <= limit {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 {
                if errno == EINTR { continue }
                return .failure(openFailure(errno))
            }
            if count == 0 { return .success(bytes) }
            bytes += buffer.prefix(count)
        }
        return .failure(Failure(what: "is larger than \(limit >> 10) KiB", remedy: "check that it is the right file"))
    }

    private static func openFailure(_ code: Int32) -> Failure {
        switch code {
        case ENOENT, ENOTDIR: Failure(what: "is not there", remedy: "create it or mend the path")
        case EACCES: Failure(what: "may not be read by this user", remedy: "run as its owner or mend its permissions")
        default: Failure(what: "cannot be read (\(String(cString: strerror(code))))", remedy: "check the path")
        }
    }
}
