import Glibc

/// Who a request comes from when it came through proxies: the last address of X-Forwarded-For that no trusted proxy has.
enum ForwardedFor {
    /// Addresses of the header that are looked at, from its end.
    private static let mostProxies = 20

    /// - Parameters:
    ///   - peer: the address at the other end of the connection.
    ///   - header: all lines of X-Forwarded-For, joined by commas; empty where there is none.
    static func client(peer: String, header: String, trusts: (String) -> Bool) -> String {
        var client = peer
        for part in header.split(separator: ",").suffix(mostProxies).reversed() {
            guard trusts(client) else { break }
            let text = part.drop { $0 == " " || $0 == "\t" }.prefix { $0 != " " && $0 != "\t" }
            guard let address = address(String(text)) else { break }
            client = address
        }
        return client
    }

    /// An IP literal, also in brackets; nil for anything else.
    private static func address(_ text: String) -> String? {
        let bare = text.hasPrefix("[") && text.hasSuffix("]") ? String(text.dropFirst().dropLast()) : text
        var four = in_addr()
        var six = in6_addr()
        guard !bare.utf8.contains(0), inet_pton(AF_INET, bare, &four) == 1 || inet_pton(AF_INET6, bare, &six) == 1
        else {
            return nil
        }
        return bare
    }
}
