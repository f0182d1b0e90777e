import Crypto
import Foundation
import NIOSSL
import X509

/// A certificate that a server makes for itself, for as long as it has no better one.
public struct SelfSignedCertificate: Sendable {
    /// PEM text of the certificate, which a client may take as its authority.
    public let certificatePEM: String
    /// PEM text of its private key: a secret.
    public let keyPEM: String

    /// Makes a key and a certificate for host names and IP literals.
    ///
    /// - Parameters:
    ///   - names: at least one.
    ///   - validFrom: valid for a year from a day before this instant.
    /// - Throws: what the certificate library says of a name that cannot stand in a certificate.
    public init(names: [String], validFrom now: Date) throws {
        let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let subject = try DistinguishedName { CommonName(names.first ?? "fleetprobe") }
        let alternatives = names.map { name -> GeneralName in
            Self.addressBytes(name).map { .ipAddress(.init(contentBytes: $0[...])) } ?? .dnsName(name)
        }
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: key.publicKey,
            notValidBefore: now.addingTimeInterval(-86_400), notValidAfter: now.addingTimeInterval(365 * 86_400),
            issuer: subject, subject: subject, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(digitalSignature: true, keyCertSign: true))
                SubjectAlternativeNames(alternatives)
            },
            issuerPrivateKey: key)
        certificatePEM = try certificate.serializeAsPEM().pemString
        keyPEM = try key.serializeAsPEM().pemString
    }

    /// A server's TLS with this certificate.
    public func serverContext() throws -> NIOSSLContext {
        try Self.serverContext(
            certificates: NIOSSLCertificate.fromPEMBytes(Array(certificatePEM.utf8)),
            key: NIOSSLPrivateKey(bytes: Array(keyPEM.utf8), format: .pem))
    }

    /// A server's TLS with certificates from elsewhere, the server's own first.
    public static func serverContext(certificates: [NIOSSLCertificate], key: NIOSSLPrivateKey) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        return try NIOSSLContext(configuration: configuration)
    }

    /// The 4 or 16 bytes of an IP literal; nil for a name.
    private static func addressBytes(_ text: String) -> ASN1OctetBytes? {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 { return withUnsafeBytes(of: four) { Array($0) } }
        var six = in6_addr()
        if inet_pton(AF_INET6, text, &six) == 1 { return withUnsafeBytes(of: six) { Array($0) } }
        return nil
    }

    private typealias ASN1OctetBytes = [UInt8]
}
