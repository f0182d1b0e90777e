import NIOCore
import NIOSSL

/// Says in a sentence why TLS did not come about.
enum RMBTTLSError {
    /// - Returns: nil for an error that is none of TLS.
    static func sentence(for error: any Error) -> String? {
        switch error {
        case NIOSSLError.uncleanShutdown: return nil
        case NIOSSLError.handshakeFailed(let cause): return words(for: "\(cause)")
        case is NIOSSLExtraError: return words(for: "\(error)")
        case is NIOSSLError, is BoringSSLError: return words(for: "\(error)")
        default: return nil
        }
    }

    private static func words(for text: String) -> String {
        let known: [(String, String)] = [
            ("CERTIFICATE_VERIFY_FAILED", "the server's certificate is not signed by a trusted authority"),
            ("failedToValidateHostname", "the server's certificate is for another name"),
            ("WRONG_VERSION_NUMBER", "the server does not speak TLS on this port"),
            ("UNSUPPORTED_PROTOCOL", "the server offers only versions of TLS that are too old"),
            ("eofDuringHandshake", "the server closed the connection during the handshake"),
        ]
        return known.first { text.contains($0.0) }?.1 ?? text
    }
}
