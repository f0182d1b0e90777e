import Glibc

/// Reads small files and pipes, within a limit of bytes and time.
package enum BoundedFile {
    /// Why a file cannot be read: the end of a sentence that begins with its name.
    package struct Failure: Error, Equatable, Sendable {
        package let what: String
        package let remedy: String

        package init(what: String, remedy: String) {
            self.what = what
            self.remedy = remedy
        }
    }

    /// How long a pipe may take until its end.
    package static let patience = Duration.seconds(10)

    /// Reads a whole regular file, or a pipe until its end: `<(sops -d fleet.yaml)` and `/dev/stdin` are pipes.
    ///
    /// - Parameters:
    ///   - limit: the most bytes that it may have.
    ///   - patience: the longest that a pipe is waited for.
    ///   - check: may refuse the file before its content is read.
    package static func read(
        path: String, limit: Int, patience: Duration = patience, check: (FileStatus) -> Failure? = { _ in nil }
    ) -> Result<[UInt8], Failure> {
        // Not blocking: a FIFO without a writer would hold an open() for ever.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { return .failure(systemFailure(errno)) }
        defer { close(descriptor) }
        guard let status = FileStatus(descriptor: descriptor) else { return .failure(systemFailure(errno)) }
        switch status.kind {
        case .regular, .pipe: break
        case .folder: return .failure(Failure(what: "is a folder", remedy: "name a file"))
        case .other:
            return .failure(Failure(what: "is neither a regular file nor a pipe", remedy: "name a regular file"))
        }
        if let refusal = check(status) { return .failure(refusal) }
        return readAll(descriptor, limit: limit, isPipe: status.kind == .pipe, patience: patience)
    }

    private static func readAll(
        _ descriptor: Int32, limit: Int, isPipe: Bool, patience: Duration
    ) -> Result<[UInt8], Failure> {
        let deadline = ContinuousClock.now + patience
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while bytes.count <= limit {
            // A pipe that nobody has opened for writing yet reads as an empty one; poll() waits for the first writer.
            if isPipe, !waitForBytes(descriptor, until: deadline) {
                return .failure(
                    Failure(
                        what: "is a pipe that did not end within \(patience.brief)",
                        remedy: "check what writes into it"))
            }
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 {
                if errno == EINTR || (isPipe && errno == EAGAIN) { continue }
                return .failure(systemFailure(errno))
            }
            if count == 0 { return .success(bytes) }
            bytes += buffer.prefix(count)
        }
        return .failure(Failure(what: "is larger than \(limit >> 10) KiB", remedy: "check that it is the right file"))
    }

    /// - Returns: false when the time is over.
    private static func waitForBytes(_ descriptor: Int32, until deadline: ContinuousClock.Instant) -> Bool {
        while true {
            let left = (deadline - .now).wholeMilliseconds
            guard left > 0 else { return false }
            var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&request, 1, left)
            if ready > 0 { return true }
            if ready < 0, errno != EINTR { return true }
        }
    }

    private static func systemFailure(_ code: Int32) -> Failure {
        switch code {
        case ENOENT, ENOTDIR: Failure(what: "is not there", remedy: "create it or fix the path")
        case EACCES: Failure(what: "may not be read by this user", remedy: "run as its owner or fix its permissions")
        default: Failure(what: "cannot be read (\(String(cString: strerror(code))))", remedy: "check the path")
        }
    }
}
