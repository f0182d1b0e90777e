import Logging
import RMBT
import UnixSignals

/// Reads a server's certificate again at each SIGHUP.
struct CertificateReload: Sendable {
    /// nil for a certificate that the server made itself.
    let files: CertificateFiles?
    /// nil for a server without TLS.
    let source: TLSContextSource?
    let hangups: UnixSignalsSequence
    let logger: Logger

    /// From now on SIGHUP no longer ends the process: to be called before anything else.
    static func trapHangups() async -> UnixSignalsSequence {
        await UnixSignalsSequence(trapping: .sighup)
    }

    /// Ends when its task is cancelled.
    func run() async {
        for await _ in hangups {
            guard let files, let source else {
                logger.notice("SIGHUP: there is no --cert to read again")
                continue
            }
            do {
                source.replace(with: try files.context())
                logger.notice("certificate and key are read again, for connections from now on")
            } catch {
                logger.error("\(error): the old one stays in use")
            }
        }
    }
}
