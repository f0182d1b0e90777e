import ArgumentParser
import Foundation
import NIOSSL
import RMBT

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

    /// A server's TLS with the files, or with a certificate that it makes itself.
    ///
    /// - Throws: exit code 78 with a line that says why they cannot be used.
    func context() throws -> NIOSSLContext {
        guard let cert, let key else {
            let names = ["localhost", "127.0.0.1", "::1", ProcessInfo.processInfo.hostName]
            return try SelfSignedCertificate(names: names, validFrom: Date()).serverContext()
        }
        do {
            return try SelfSignedCertificate.serverContext(
                certificates: NIOSSLCertificate.fromPEMFile(cert), key: NIOSSLPrivateKey(file: key, format: .pem))
        } catch {
            throw CommandFailure(
                .configuration, "the certificate \(cert) with the key \(key) cannot be used (\(error))"
            ).reported()
        }
    }
}
