import Files
import Foundation
import Subprocess
import Synchronization

/// A command of /bin/sh that prints a secret: bounded in time and output, in a process group of its own.
package struct ShellCommand: Sendable {
    let command: String
    let limit: Duration
    /// In bytes.
    let largestOutput: Int

    private enum End: Sendable {
        case ended(TerminationStatus, output: [UInt8])
        case tooLarge
        case tooLong
        case notStarted(String)
    }

    /// Runs the command to its end, or to its limit of time: then it is killed with all that it started.
    func firstLine() async -> Result<String, SecretError> {
        let end = await withTaskGroup(of: End.self) { group in
            group.addTask { await run() }
            group.addTask {
                try? await Task.sleep(for: limit)
                return .tooLong
            }
            let first = await group.next() ?? .tooLong
            group.cancelAll()
            return first
        }
        return judge(end)
    }

    private func run() async -> End {
        var options = PlatformOptions()
        options.processGroupID = 0
        options.teardownSequence = [.send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .zero)]
        let group = Mutex<pid_t?>(nil)
        defer {
            // Whatever the command left running goes as well; a command that is done is not there to be killed.
            if let group = group.withLock({ $0 }) { kill(-group, SIGKILL) }
        }
        do {
            let result = try await Subprocess.run(
                .path("/bin/sh"), arguments: ["-c", command], platformOptions: options, input: .none,
                output: .bytes(limit: largestOutput), error: .currentStandardError
            ) { execution in
                group.withLock { $0 = execution.processIdentifier.value }
            }
            return .ended(result.terminationStatus, output: result.standardOutput)
        } catch let error as SubprocessError where error.code == .outputLimitExceeded {
            return .tooLarge
        } catch {
            return .notStarted("\(error)")
        }
    }

    private func judge(_ end: End) -> Result<String, SecretError> {
        let error: SecretError
        switch end {
        case .ended(.exited(0), let output): return line(of: output)
        case .ended(let status, _):
            let how =
                switch status {
                case .exited(let code): "ended with exit code \(code)"
                case .signaled(let signal): "was ended by signal \(signal)"
                }
            error = SecretError(what: "the password command \(how)", remedy: "run it by hand and see what it says")
        case .tooLarge:
            error = SecretError(
                what: "the password command printed more than \(largestOutput >> 10) KiB",
                remedy: "let it print the password alone")
        case .tooLong:
            error = SecretError(
                what: "the password command did not end within \(limit.brief)",
                remedy: "run it by hand and see what it waits for")
        case .notStarted(let why):
            error = SecretError(
                what: "the password command cannot be run (\(why))", remedy: "check that /bin/sh is there")
        }
        return .failure(error)
    }

    private func line(of output: [UInt8]) -> Result<String, SecretError> {
        var line = output.prefix { $0 != 0x0A }
        if line.last == 0x0D { line.removeLast() }
        guard let text = String(validating: line, as: UTF8.self), !text.utf8.contains(0) else {
            return .failure(
                SecretError(
                    what: "the password command printed something that is not text",
                    remedy: "let it print the password alone"))
        }
        return .success(text)
    }
}
