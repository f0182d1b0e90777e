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
            parts.fragment == nil, parts.user == nil, parts.password == nil,
            (1...65535).contains(parts.port ?? 443)
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

    /// Where a result goes: as the server asked, unless that would leave TLS or is no address.
    func resultAddress(_ asked: String?) -> String {
        guard let asked, let parts = URLComponents(string: asked), let scheme = parts.scheme?.lowercased(),
            scheme == "https" || (scheme == "http" && !isEncrypted), parts.host?.isEmpty == false, parts.user == nil
        else { return address(of: "result") }
        return asked
    }
}
