import ArgumentParser
import Foundation
import RMBT
import Serving

/// `--cert` and `--key` of a server.
struct CertificateOptions: ParsableArguments {
    @Option(help: ArgumentHelp("PEM file with the certificate and those that it was signed with.", valueName: "file"))
    var cert: String?

    @Option(help: ArgumentHelp("PEM file with the certificate's private key.", valueName: "file"))
    var key: String?

    func validate() throws {
        guard (cert == nil) == (key == nil) else { throw ValidationError("--cert and --key go together.") }
    }

    var isSelfSigned: Bool { cert == nil }

    /// nil where the server makes itself a certificate.
    var files: CertificateFiles? {
        guard let cert, let key else { return nil }
        return CertificateFiles(certificate: cert, key: key)
    }

    /// A server's TLS with the files, or with a certificate that it makes itself.
    ///
    /// - Throws: exit code 78 with a line that says why they cannot be used.
    func source() throws -> TLSContextSource {
        guard let files else {
            let names = ["localhost", "127.0.0.1", "::1", ProcessInfo.processInfo.hostName]
            return try TLSContextSource(SelfSignedCertificate(names: names, validFrom: Date()).serverContext())
        }
        do {
            return TLSContextSource(try files.context())
        } catch {
            throw CommandFailure(.configuration, "\(error)").reported()
        }
    }
}
