import ArgumentParser
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
}
