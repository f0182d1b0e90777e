import Foundation
import Logging
import NIOSSL
import RMBT
import Secrets

/// The files from which a server takes its certificate and key, when it starts and at each SIGHUP.
package struct CertificateFiles: Sendable {
    private let certificate: String
    private let key: String

    package init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }

    /// Files that cannot be used, in a sentence's end.
    struct Unusable: Error, CustomStringConvertible {
        let description: String
    }

    /// Reads both files.
    func context() throws(Unusable) -> NIOSSLContext {
        do {
            return try SelfSignedCertificate.serverContext(
                certificates: NIOSSLCertificate.fromPEMBytes(try PEMFile.bytes(certificate)),
                key: NIOSSLPrivateKey(bytes: try PEMFile.bytes(key), format: .pem))
        } catch {
            throw Unusable(description: "the certificate \(certificate) with the key \(key) cannot be used (\(error))")
        }
    }

    /// A server's TLS with these files, or with a certificate that the server makes itself, which it then says.
    static func source(_ files: CertificateFiles?, logger: Logger) throws(ServingError) -> TLSContextSource {
        do {
            guard let files else {
                logger.warning("the certificate is self-signed: clients must be told to accept it")
                let names = ["localhost", "127.0.0.1", "::1", ProcessInfo.processInfo.hostName]
                return try TLSContextSource(SelfSignedCertificate(names: names, validFrom: Date()).serverContext())
            }
            return TLSContextSource(try files.context())
        } catch {
            throw .unusable("\(error)")
        }
    }
}
