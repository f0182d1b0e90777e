import Secrets
import NIOSSL
import RMBT

/// The files from which a server takes its certificate and key, when it starts and at each SIGHUP.
package struct CertificateFiles: Sendable {
    private let certificate: String
    private let key: String

    package init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }

    /// Files that cannot be used, in a sentence's end.
    package struct Unusable: Error, CustomStringConvertible {
        package let description: String
    }

    /// Reads both files.
    package func context() throws(Unusable) -> NIOSSLContext {
        do {
            return try SelfSignedCertificate.serverContext(
                certificates: NIOSSLCertificate.fromPEMBytes(try PEMFile.bytes(certificate)),
                key: NIOSSLPrivateKey(bytes: try PEMFile.bytes(key), format: .pem))
        } catch {
            throw Unusable(description: "the certificate \(certificate) with the key \(key) cannot be used (\(error))")
        }
    }
}
