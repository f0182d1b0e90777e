import Secrets

/// Reports secret files that could not be read when a probe needs them, at the place that names them.
///
/// What a pipe holds can be read once, and is left for the probe that needs it.
struct SecretFileCheck {
    let problems: ProblemCollector

    /// Checks a file with a password, which may be blank.
    func check(_ path: String, at position: SourcePosition) {
        guard !TokenKeyFile.isPipe(path) else { return }
        do {
            _ = try SecretReader().secret(inFile: path, mayBeBlank: true)
        } catch {
            report(error, at: position)
        }
    }

    /// Checks a file with token keys.
    func checkTokenKeys(_ path: String, at position: SourcePosition) {
        guard !TokenKeyFile.isPipe(path) else { return }
        do {
            _ = try TokenKeyFile(path: path)
        } catch {
            report(error, at: position)
        }
    }

    private func report(_ error: SecretError, at position: SourcePosition) {
        problems.report(position, error.what, remedy: error.remedy)
    }
}
