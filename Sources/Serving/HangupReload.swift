import Logging
import RMBT
import UnixSignals

/// Reads a server's files again at each SIGHUP.
package struct HangupReload: Sendable {
    /// Files that belong together: all of them are taken, or none.
    struct Part: Sendable {
        /// `the certificate and its key`.
        let name: String
        /// Takes the new content; throws a sentence without its end, and then nothing has changed.
        let readAgain: @Sendable () throws -> Void
    }

    private let parts: [Part]
    private let hangups: UnixSignalsSequence
    private let logger: Logger

    /// From now on SIGHUP no longer ends the process: to be called before anything else.
    package static func trapHangups() async -> UnixSignalsSequence {
        await UnixSignalsSequence(trapping: .sighup)
    }

    /// - Parameters:
    ///   - parts: nil for what this server has not.
    ///   - hangups: from ``trapHangups()``.
    init(_ parts: [Part?], hangups: UnixSignalsSequence, logger: Logger) {
        self.parts = parts.compactMap(\.self)
        self.hangups = hangups
        self.logger = logger
    }

    /// Ends when its task is cancelled.
    func run() async {
        for await _ in hangups {
            if parts.isEmpty {
                logger.notice("SIGHUP: there is no --cert and no --token-key-file to read again")
            }
            for part in parts {
                do {
                    try part.readAgain()
                    logger.notice("\(part.name) are read again, for connections from now on")
                } catch {
                    logger.error("\(error): the old ones stay in use")
                }
            }
        }
    }
}

extension HangupReload.Part {
    /// - Parameters:
    ///   - files: nil for a certificate that the server made itself.
    ///   - source: nil for a server without TLS.
    static func certificate(_ files: CertificateFiles?, for source: TLSContextSource?) -> HangupReload.Part? {
        guard let files, let source else { return nil }
        return HangupReload.Part(name: "the certificate and its key") { source.replace(with: try files.context()) }
    }
}
