import Glibc
import Sockets

/// A file of lines that several programs may append to: a header, then a line for each test.
///
/// Each line is one `write` to a file that is open for appending, so that lines of several writers never mix. The file is
/// opened anew for each, so that it may be moved away or deleted at any time.
package struct RecordFile: Sendable {
    /// Why a file cannot take a line.
    package enum Failure: Error, Equatable, CustomStringConvertible {
        case unusable(path: String, reason: String)
        case otherHeader(path: String, header: String)

        package var description: String {
            switch self {
            case .unusable(let path, let reason): "cannot write to \(path): \(reason)"
            case .otherHeader(let path, let header):
                "\(path) begins with other columns than \(header): name another file or a new one"
            }
        }
    }

    package let path: String
    let header: String

    package init(path: String, header: String) {
        self.path = path
        self.header = header
    }

    /// Makes the file if there is none, and checks that it can take lines.
    package func prepare() async throws(Failure) {
        try await onThread { () throws(Failure) in _ = try opened() }
    }

    /// Appends one line, which has no line ending of its own.
    package func append(_ line: String) async throws(Failure) {
        try await onThread { () throws(Failure) in
            let file = try opened()
            try write((file.endsWithinLine ? file.ending : "") + line + file.ending, to: file.descriptor)
        }
    }

    private struct Opened {
        /// Holds the file's lock as long as it lives.
        let descriptor: SocketDescriptor
        /// What ends a line, as the header has it.
        let ending: String
        /// Somebody left the last line open.
        let endsWithinLine: Bool
    }

    private func onThread(_ body: @escaping @Sendable () throws(Failure) -> Void) async throws(Failure) {
        let result = await DataThread.run("record") { () -> Result<Void, Failure> in
            do throws(Failure) {
                return .success(try body())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    private func opened() throws(Failure) -> Opened {
        // Not blocking: a FIFO without a reader would hold an open() for ever.
        let flags = O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY
        let number = open(path, flags, 0o644)
        guard number >= 0 else { throw unusable(errno) }
        let descriptor = SocketDescriptor(owning: number)
        var status = stat()
        guard fstat(number, &status) == 0 else { throw unusable(errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .unusable(path: path, reason: "it is not a regular file")
        }
        try lock(number)
        guard fstat(number, &status) == 0 else { throw unusable(errno) }
        if status.st_size == 0 {
            try write(header + "\r\n", to: descriptor)
            return Opened(descriptor: descriptor, ending: "\r\n", endsWithinLine: false)
        }
        return Opened(
            descriptor: descriptor, ending: try lineEnding(number),
            endsWithinLine: bytes(number, at: off_t(status.st_size) - 1, count: 1) != [UInt8(ascii: "\n")])
    }

    /// Two programs that find the file empty must not both write the header, and who looks at its end must not see half a
    /// line. The lock goes with the descriptor, after the line is written; that takes microseconds, unless somebody is up to
    /// something.
    private func lock(_ number: CInt) throws(Failure) {
        for _ in 0..<300 {
            if flock(number, LOCK_EX | LOCK_NB) == 0 { return }
            guard errno == EWOULDBLOCK || errno == EINTR else { return }
            usleep(10_000)
        }
        throw .unusable(path: path, reason: "another program holds a lock on it")
    }

    /// CRLF, or the bare line feed of those who write so; the file keeps to one of them.
    private func lineEnding(_ number: CInt) throws(Failure) -> String {
        let wanted = Array(header.utf8)
        let found = bytes(number, at: 0, count: wanted.count + 2)
        let rest = found.dropFirst(wanted.count)
        guard found.starts(with: wanted) else { throw .otherHeader(path: path, header: header) }
        if rest.starts(with: Array("\r\n".utf8)) || rest.isEmpty { return "\r\n" }
        if rest.first == UInt8(ascii: "\n") { return "\n" }
        throw .otherHeader(path: path, header: header)
    }

    private func bytes(_ number: CInt, at offset: off_t, count: Int) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: count)
        let got = pread(number, &buffer, count, offset)
        return Array(buffer.prefix(max(got, 0)))
    }

    private func write(_ text: String, to descriptor: SocketDescriptor) throws(Failure) {
        let bytes = Array(text.utf8)
        let written = Glibc.write(descriptor.number, bytes, bytes.count)
        guard written >= 0 else { throw unusable(errno) }
        guard written == bytes.count else { throw unusable(ENOSPC) }
    }

    private func unusable(_ code: CInt) -> Failure {
        .unusable(path: path, reason: String(cString: strerror(code)).lowercased())
    }
}
