import Files
import Foundation
import Synchronization

/// A command of /bin/sh that prints a secret: bounded in time and output, in a process group of its own.
package struct ShellCommand: Sendable {
    let command: String
    let limit: Duration
    /// In bytes.
    let largestOutput: Int

    /// Runs the command on a thread of its own.
    func firstLine() async -> Result<String, SecretError> {
        await withCheckedContinuation { continuation in
            let thread = Thread { continuation.resume(returning: run()) }
            thread.name = "password-command"
            thread.start()
        }
    }

    /// A second command must not inherit the pipe of a first one in the moment before that is marked: it would hold it
    /// open.
    private static let spawning = Mutex(())

    private func run() -> Result<String, SecretError> {
        let started = Self.spawning.withLock { _ in start() }
        let (child, readEnd): (pid_t, Int32)
        switch started {
        case .success(let both): (child, readEnd) = both
        case .failure(let error): return .failure(error)
        }
        defer { close(readEnd) }
        let deadline = ContinuousClock.now + limit
        let output = Self.readAll(readEnd, limit: largestOutput, until: deadline)
        // Whatever the command left running goes as well; a command that is done is not there to be killed.
        let status = Self.waitFor(child, until: output.endedItself ? deadline : .now)
        return judge(output, status)
    }

    private func start() -> Result<(pid_t, Int32), SecretError> {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return .failure(Self.cannotStart(errno)) }
        let (readEnd, writeEnd) = (ends[0], ends[1])
        defer { close(writeEnd) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let spawned = spawn(writingTo: writeEnd)
        if case .failure = spawned { close(readEnd) }
        return spawned.map { ($0, readEnd) }
    }

    private func spawn(writingTo writeEnd: Int32) -> Result<pid_t, SecretError> {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, writeEnd, 1)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF))
        // This program ignores SIGPIPE; a pipeline in the command relies on it.
        var defaults = sigset_t()
        sigemptyset(&defaults)
        sigaddset(&defaults, SIGPIPE)
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setpgroup(&attributes, 0)
        var child: pid_t = 0
        let words = ["/bin/sh", "-c", command]
        let arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        let code = posix_spawn(&child, "/bin/sh", &actions, &attributes, arguments, environ)
        return code == 0 ? .success(child) : .failure(Self.cannotStart(code))
    }

    private struct Output {
        var bytes: [UInt8] = []
        var endedItself = false
        var isTooLarge = false
    }

    private static func readAll(_ descriptor: Int32, limit: Int, until deadline: ContinuousClock.Instant) -> Output {
        var output = Output()
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let left = (deadline - .now).wholeMilliseconds
            guard left > 0 else { return output }
            var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&request, 1, left)
            if ready < 0, errno != EINTR { return output }
            guard ready > 0 else { continue }
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno != EINTR { return output }
            if count == 0 {
                output.endedItself = true
                return output
            }
            if count > 0 { output.bytes += buffer.prefix(count) }
            if output.bytes.count > limit {
                output.isTooLarge = true
                return output
            }
        }
    }

    /// - Returns: the exit status, or nil for a command that had to be killed.
    private static func waitFor(_ child: pid_t, until deadline: ContinuousClock.Instant) -> Int32? {
        var status: Int32 = 0
        while true {
            let result = waitpid(child, &status, WNOHANG)
            if result == child {
                kill(-child, SIGKILL)
                return status
            }
            if result < 0, errno != EINTR { return nil }
            if ContinuousClock.now >= deadline { break }
            usleep(5000)
        }
        kill(-child, SIGKILL)
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        return nil
    }

    private func judge(_ output: Output, _ status: Int32?) -> Result<String, SecretError> {
        if output.isTooLarge {
            return .failure(
                SecretError(
                    what: "the password command printed more than \(largestOutput >> 10) KiB",
                    remedy: "let it print the password alone"))
        }
        guard let status else {
            return .failure(
                SecretError(
                    what: "the password command did not end within \(limit.brief)",
                    remedy: "run it by hand and see what it waits for"))
        }
        let signal = status & 0x7F
        let code = (status >> 8) & 0xFF
        guard signal == 0, code == 0 else {
            let how = signal == 0 ? "ended with exit code \(code)" : "was ended by signal \(signal)"
            return .failure(
                SecretError(what: "the password command \(how)", remedy: "run it by hand and see what it says"))
        }
        var line = output.bytes.prefix { $0 != 0x0A }
        if line.last == 0x0D { line.removeLast() }
        guard let text = String(validating: line, as: UTF8.self), !text.utf8.contains(0) else {
            return .failure(
                SecretError(
                    what: "the password command printed something that is not text",
                    remedy: "let it print the password alone"))
        }
        return .success(text)
    }

    private static func cannotStart(_ code: Int32) -> SecretError {
        SecretError(
            what: "the password command cannot be started (\(String(cString: strerror(code))))",
            remedy: "check that /bin/sh is there")
    }

    /// The text as one word of a shell.
    package static func quoted(_ text: String) -> String {
        let plain = text.utf8.allSatisfy { byte in
            Character(Unicode.Scalar(byte)).isASCII
                && (Character(Unicode.Scalar(byte)).isLetter || Character(Unicode.Scalar(byte)).isNumber
                    || "/._-+:@%,".utf8.contains(byte))
        }
        return plain && !text.isEmpty ? text : "'" + text.replacingOccurrences(of: "'", with: "'\\''") + "'"
    }
}
