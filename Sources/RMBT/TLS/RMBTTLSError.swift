import Glibc
import NIOCore
import NIOSSL

/// Says in a sentence why TLS did not come about.
package enum RMBTTLSError {
    /// For an error outside a handshake of ours, whose certificate nobody has.
    ///
    /// - Returns: nil for an error that is none of TLS.
    package static func sentence(for error: any Error) -> String? {
        sentence(for: error, certificate: nil, at: 0)
    }

    /// - Parameters:
    ///   - certificate: what the server showed, as far as the handshake came.
    ///   - now: Unix time, to which the certificate's validity is held.
    /// - Returns: nil for an error that is none of TLS.
    static func sentence(for error: any Error, certificate: NIOSSLCertificate?, at now: time_t) -> String? {
        switch error {
        case NIOSSLError.uncleanShutdown: nil
        case NIOSSLError.handshakeFailed(let cause): words(for: "\(cause)", certificate, now)
        case is NIOSSLExtraError, is NIOSSLError, is BoringSSLError: words(for: "\(error)", certificate, now)
        default: nil
        }
    }

    private static func words(for text: String, _ certificate: NIOSSLCertificate?, _ now: time_t) -> String {
        if text.contains("CERTIFICATE_VERIFY_FAILED"), let certificate {
            if certificate.notValidAfter < now { return "the server's certificate has expired" }
            if certificate.notValidBefore > now { return "the server's certificate is not valid yet" }
        }
        let known: [(String, String)] = [
            ("CERTIFICATE_VERIFY_FAILED", "the server's certificate is not signed by a trusted authority"),
            ("alidateHostname", "the server's certificate is for another name"),
            ("unableToValidateCertificate", "the server's certificate is for another name"),
            ("WRONG_VERSION_NUMBER", "the server does not speak TLS on this port"),
            ("UNSUPPORTED_PROTOCOL", "the server offers only versions of TLS that are too old"),
            ("PROTOCOL_VERSION", "the server offers only versions of TLS that are too old"),
            ("EOF during", "the server closed the connection during the handshake"),
        ]
        return known.first { text.contains($0.0) }?.1 ?? unknown(text)
    }

    /// The library's reason without its numbers and source lines: `…:OPENSSL_internal:NO_SHARED_CIPHER at …`.
    private static func unknown(_ text: String) -> String {
        let reason = text.split(separator: ":").drop { $0 != "OPENSSL_internal" }.dropFirst().first
        guard let words = reason?.prefix(while: { $0 != " " }), !words.isEmpty else { return "the handshake failed" }
        return "the handshake failed (\(words.lowercased().split(separator: "_").joined(separator: " ")))"
    }
}
