import Foundation

/// Where a Control Server answers: `https://control.example.net`, with or without the interface's own path.
public struct ControlURL: Sendable, Equatable, CustomStringConvertible {
    /// The interface's path on every Control Server (docs/protocols/control-server.md).
    static let path = "/RMBTControlServer"

    /// As it was given, without a slash at its end.
    public let description: String
    let isEncrypted: Bool
    let host: String
    let port: Int
    private let base: String

    /// Reads an address; one without `https://` or `http://` is taken for https.
    ///
    /// - Returns: nil for what names no host, has a port out of range, or carries a query, a fragment or a password.
    public init?(_ text: String) {
        let whole = text.contains("://") ? text : "https://" + text
        guard let parts = URLComponents(string: whole), let scheme = parts.scheme?.lowercased(),
            ["http", "https"].contains(scheme), let host = parts.host, !host.isEmpty, parts.query == nil,
            parts.fragment == nil, Self.isReachable(whole)
        else { return nil }
        var trimmed = whole[...]
        while trimmed.hasSuffix("/") { trimmed = trimmed.dropLast() }
        description = String(trimmed)
        base = trimmed.hasSuffix(Self.path) ? String(trimmed.dropLast(Self.path.count)) : String(trimmed)
        isEncrypted = scheme == "https"
        self.host = host.trimmingCharacters(in: ["[", "]"])
        port = parts.port ?? (isEncrypted ? 443 : 80)
    }

    /// The address of one use of the interface, such as `settings`.
    func address(of use: String) -> String { base + Self.path + "/" + use }

    /// Where a result goes: as the server asked, unless that would leave TLS or is no address that can be connected to.
    func resultAddress(_ asked: String?) -> String {
        guard let asked, Self.isReachable(asked), let parts = URLComponents(string: asked),
            let scheme = parts.scheme?.lowercased(), scheme == "https" || (scheme == "http" && !isEncrypted)
        else { return address(of: "result") }
        return asked
    }

    /// Whether a URL names a host and a port as the libraries that connect take them: these end the process for a port beyond
    /// 16 bits, and a name with a NUL is another name to the resolver.
    private static func isReachable(_ text: String) -> Bool {
        guard text.utf8.count <= 2048, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            let parts = URLComponents(string: text), parts.user == nil, parts.password == nil,
            let host = parts.host, (1...255).contains(host.utf8.count),
            host.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), let scheme = text.range(of: "://")
        else { return false }
        // Read as it is written: what is no number that can be is no port to one parser and another port to the next.
        let authority = text[scheme.upperBound...].prefix { !"/?#".contains($0) }
        let afterHost =
            authority.hasPrefix("[") ? authority.drop { $0 != "]" }.dropFirst() : authority.drop { $0 != ":" }
        guard let colon = afterHost.first else { return true }
        let digits = afterHost.dropFirst()
        return colon == ":" && (digits.isEmpty || UInt16(digits).map { $0 > 0 } == true && digits.utf8.first != 0x2B)
    }
}
