/// The page of one stored result: rates, latency, the curve and when it was.
struct SharePage {
    let language: PageLanguage
    let links: OperatorLinks

    func answer(_ result: StoredControlResult) -> ControlAnswer {
        var facts = [
            (text("Measured", "Gemessen"), ResultWords.time(result.startedAt)),
            (text("Server", "Server"), result.server),
            (text("Client", "Programm"), result.clientName),
            (text("Connections", "Verbindungen"), connections(result)),
            (
                "Pings",
                result.pingCount > 0
                    ? "\(result.pingCount)" + text(", the median counts", ", der Median zählt") : nil
            ),
        ]
        let note = text("Note", "Hinweis")
        if result.wasInterrupted {
            facts.append((note, text("The test was ended early.", "Der Test wurde vorzeitig beendet.")))
        }
        if result.rateDiffers {
            facts.append(
                (
                    note,
                    text(
                        "The client reported another rate; this is the rate of the times and bytes it sent.",
                        "Das Programm hat eine andere Rate gemeldet; dies ist die Rate seiner Zeiten und Bytes.")
                ))
        }
        if result.isUnconfirmed {
            // Such a result claims nothing: it says what somebody sent.
            let claimed = ResultWords.measured(result).map { "\(words($0.title)) \(number($0.value))" }.joined(
                separator: ", ")
            facts.append((text("Reported by the client", "Vom Programm gemeldet"), claimed.isEmpty ? nil : claimed))
        }
        let rows = facts.compactMap { title, value in
            value.map { "<tr><th scope=\"row\">\(title)</th><td>\(PageText.escaped($0))</td></tr>" }
        }
        let body = """
            <div class="head"><h1>\(text("Broadband test", "Breitbandtest"))</h1>\(otherLanguage)</div>
            \(result.isUnconfirmed ? unconfirmed : measured(result))
            <table class="facts"><tbody>\(rows.joined())</tbody></table>
            <p class="share"><a href="../?lang=\(language.rawValue)">\(text("Measure this connection", "Diese Verbindung messen"))</a></p>
            """
        return page(title: text("Result of a broadband test", "Ergebnis eines Breitbandtests"), body: body)
    }

    func missing() -> ControlAnswer {
        let title = text("No such result", "Kein solches Ergebnis")
        let sentence = text(
            "No test of this name has a stored result.", "Zu diesem Namen ist kein Ergebnis gespeichert.")
        return page(title: title, body: "<h1>\(title)</h1><p>\(sentence)</p>", status: 404)
    }

    func unreadable() -> ControlAnswer {
        let title = text("Try again", "Bitte noch einmal")
        let sentence = text(
            "The result could not be read; try again in a minute.",
            "Das Ergebnis konnte nicht gelesen werden, bitte in einer Minute noch einmal versuchen.")
        return page(title: title, body: "<h1>\(title)</h1><p>\(sentence)</p>", status: 503)
    }

    // MARK: Parts

    private func measured(_ result: StoredControlResult) -> String {
        let chart = ResultChart(download: result.download, upload: result.upload, language: language)?.svg ?? ""
        return """
            <dl>
            \(figure(text("Download", "Download"), "down", result.download.map { ResultWords.rate($0.bitsPerSecond) }))
            \(figure(text("Upload", "Upload"), "up", result.upload.map { ResultWords.rate($0.bitsPerSecond) }))
            \(figure(text("Latency", "Latenz"), "", result.latency.map { ResultWords.millisecondsText($0) + " ms" }))
            </dl>
            \(chart)
            """
    }

    private var unconfirmed: String {
        let sentence = text(
            "This result is unconfirmed: no measurement server counted what was reported here. It is in no statistics.",
            "Dieses Ergebnis ist nicht bestätigt: Kein Messserver hat gezählt, was hier gemeldet wurde. Es zählt in keiner Statistik."
        )
        return "<p class=\"bad notice\">\(sentence)</p>"
    }

    private func text(_ english: String, _ german: String) -> String { language.text(english, german) }

    private var otherLanguage: String {
        language == .english
            ? "<a class=\"mute\" lang=\"de\" hreflang=\"de\" href=\"?lang=de\">Deutsch</a>"
            : "<a class=\"mute\" lang=\"en\" hreflang=\"en\" href=\"?lang=en\">English</a>"
    }

    private func words(_ title: String) -> String { title == "Ping" ? text("Latency", "Latenz") : title }

    /// `93,4 Mbit/s` where the language writes it so.
    private func number(_ value: String) -> String {
        language == .german ? value.replacing(".", with: ",") : value
    }

    private func connections(_ result: StoredControlResult) -> String? {
        switch (result.download?.connections, result.upload?.connections) {
        case (let down?, let up?) where down == up: "\(down)"
        case (let down?, let up?):
            text("\(down) down, \(up) up", "\(down) beim Download, \(up) beim Upload")
        case (let only?, nil), (nil, let only?): "\(only)"
        case (nil, nil): nil
        }
    }

    /// One of the large numbers, with its unit small.
    private func figure(_ title: String, _ kind: String, _ value: String?) -> String {
        let parts = (value.map(number) ?? "–").split(separator: " ", maxSplits: 1)
        let number = PageText.escaped(parts.first.map(String.init) ?? "–")
        let unit = parts.count > 1 ? " <small>\(PageText.escaped(String(parts[1])))</small>" : ""
        return "<div class=\"\(kind)\"><dt>\(title)</dt><dd>\(number)\(unit)</dd></div>"
    }

    private func page(title: String, body: String, status: Int = 200) -> ControlAnswer {
        let footer = PageText.operatorLine(links, language)
        let html = """
            <!DOCTYPE html>
            <html lang="\(language.rawValue)">
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
            \(footer.isEmpty ? "" : "<footer>\(footer)</footer>")
            </body>
            </html>

            """
        let policy =
            "default-src 'none'; style-src \(PageText.hash(PageText.style)); img-src data:; base-uri 'none'; "
            + "form-action 'none'; frame-ancestors 'none'"
        return .page(html, policy: policy, status: status)
    }
}
