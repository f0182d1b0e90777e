/// The page of one stored result: rates, latency, the curve and when it was.
enum SharePage {
    static func answer(_ result: StoredControlResult) -> ControlAnswer {
        var facts = [
            ("Measured", ResultWords.time(result.startedAt)), ("Server", result.server), ("Client", result.clientName),
            ("Connections", connections(result)),
            ("Pings", result.pingCount > 0 ? "\(result.pingCount), the median counts" : nil),
        ]
        if result.wasInterrupted { facts.append(("Note", "The test was ended early.")) }
        if result.rateDiffers {
            facts.append(("Note", "The client reckoned another rate; this is that of the tuples it sent."))
        }
        let rows = facts.compactMap { title, value in
            value.map { "<tr><th scope=\"row\">\(title)</th><td>\(PageText.escaped($0))</td></tr>" }
        }
        let chart = ResultChart(download: result.download, upload: result.upload)?.svg ?? ""
        let body = """
            <h1>Broadband test</h1>
            <dl>
            \(figure("Download", "down", result.download.map { ResultWords.rate($0.bitsPerSecond) }))
            \(figure("Upload", "up", result.upload.map { ResultWords.rate($0.bitsPerSecond) }))
            \(figure("Latency", "", result.latency.map { ResultWords.millisecondsText($0) + " ms" }))
            </dl>
            \(chart)
            <table class="facts"><tbody>\(rows.joined())</tbody></table>
            <p class="share"><a href="../">Measure this connection</a></p>
            """
        return page(title: "Result of a broadband test", body: body)
    }

    static func missing() -> ControlAnswer {
        page(
            title: "No such result", body: "<h1>No such result</h1><p>No test of this name has a stored result.</p>",
            status: 404)
    }

    static func unreadable() -> ControlAnswer {
        page(
            title: "Try again", body: "<h1>Try again</h1><p>The result could not be read, try again in a minute.</p>",
            status: 503)
    }

    private static func connections(_ result: StoredControlResult) -> String? {
        switch (result.download?.connections, result.upload?.connections) {
        case (let down?, let up?) where down == up: "\(down)"
        case (let down?, let up?): "\(down) down, \(up) up"
        case (let only?, nil), (nil, let only?): "\(only)"
        case (nil, nil): nil
        }
    }

    /// One of the large numbers, with its unit small.
    private static func figure(_ title: String, _ kind: String, _ value: String?) -> String {
        let parts = (value ?? "–").split(separator: " ", maxSplits: 1)
        let number = PageText.escaped(parts.first.map(String.init) ?? "–")
        let unit = parts.count > 1 ? " <small>\(PageText.escaped(String(parts[1])))</small>" : ""
        return "<div class=\"\(kind)\"><dt>\(title)</dt><dd>\(number)\(unit)</dd></div>"
    }

    private static func page(title: String, body: String, status: Int = 200) -> ControlAnswer {
        let html = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="referrer" content="no-referrer">
            <link rel="icon" href="data:,">
            <title>\(title)</title>
            <style>\(PageText.style)</style>
            </head>
            <body>
            <main>
            \(body)
            </main>
            </body>
            </html>

            """
        let policy =
            "default-src 'none'; style-src \(PageText.hash(PageText.style)); img-src data:; base-uri 'none'; "
            + "form-action 'none'; frame-ancestors 'none'"
        return .page(html, policy: policy, status: status)
    }
}
