/// The page on which a browser measures: one file with its style and script in it.
struct TestPage: Sendable {
    let answer: ControlAnswer

    /// - Parameter servers: the browser may connect to these and to nobody else.
    init(servers: [ControlledServer], links: OperatorLinks) {
        let html = PageText.testPage
            .replacingFirst("/*STYLE*/", with: PageText.style)
            .replacingFirst("<!--OPERATOR-->", with: PageText.operatorLine(links, .english))
            .replacingFirst("/*SCRIPT*/", with: PageText.script)
        let policy = [
            "default-src 'none'", "style-src \(PageText.hash(PageText.style))",
            "script-src \(PageText.hash(PageText.script))", "img-src data:",
            "connect-src 'self' " + Self.sources(servers), "base-uri 'none'", "form-action 'none'",
            "frame-ancestors 'none'",
        ]
        answer = .page(html, policy: policy.joined(separator: "; "))
    }

    private static func sources(_ servers: [ControlledServer]) -> String {
        // A policy cannot name an IPv6 literal.
        guard !servers.contains(where: { $0.host.contains(":") }) else { return "ws: wss:" }
        return servers.flatMap { ["ws://\($0.addressText)", "wss://\($0.addressText)"] }.joined(separator: " ")
    }
}

extension String {
    fileprivate func replacingFirst(_ mark: String, with text: String) -> String {
        guard let place = firstRange(of: mark) else { return self }
        return self[..<place.lowerBound] + text + self[place.upperBound...]
    }
}
