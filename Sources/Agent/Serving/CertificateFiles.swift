import FleetModel
import NIOSSL
import RMBT

/// The files from which a server takes its certificate and key, when it starts and at each SIGHUP.
struct CertificateFiles: Sendable {
    let certificate: String
    let key: String

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
}
