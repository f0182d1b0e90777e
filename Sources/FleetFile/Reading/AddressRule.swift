import Foundation

/// What an address of a router or server looks like: a host name or an IP literal, and nothing around it.
enum AddressRule {
    /// What is wrong with the text and what to do, or nil for a good address.
    static func complaint(about text: String) -> (what: String, remedy: String)? {
        if text.contains("://") || text.contains("/") {
            return ("\"address\" must be a host name or IP address alone", "remove everything around the host")
        }
        if text.hasPrefix("[") {
            return ("\"address\" is written without brackets", "write the IPv6 address alone, and the port as \"port\"")
        }
        let colons = text.count { $0 == ":" }
        if colons == 1 {
            return ("\"address\" must not hold the port", "write the part after the colon as \"port\"")
        }
        if colons > 1 {
            return isIPv6(text) ? nil : ("\"address\" is not an IPv6 address", "write 2001:db8::1, for example")
        }
        if text.allSatisfy({ ("0"..."9").contains($0) || $0 == "." }) {
            return isIPv4(text) ? nil : ("\"address\" is not an IPv4 address", "write 192.0.2.10, for example")
        }
        return isHostName(text)
            ? nil : ("\"address\" is not a host name", "letters, digits, \"-\" and \".\" make one")
    }

    private static func isIPv4(_ text: String) -> Bool {
        var address = in_addr()
        return inet_pton(AF_INET, text, &address) == 1
    }

    private static func isIPv6(_ text: String) -> Bool {
        // A zone, as in fe80::1%eth0, names an interface of this machine.
        let parts = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        guard let literal = parts.first, parts.count == 1 || parts.last?.isEmpty == false else { return false }
        var address = in6_addr()
        return inet_pton(AF_INET6, String(literal), &address) == 1
    }

    private static func isHostName(_ text: String) -> Bool {
        let name = text.hasSuffix(".") ? text.dropLast() : Substring(text)
        guard (1...253).contains(name.utf8.count) else { return false }
        return name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
                && label.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
        }
    }
}
