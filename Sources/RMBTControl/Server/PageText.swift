import Crypto
import Foundation

/// What the pages of the Control Server are made of.
enum PageText {
    static let style = String(decoding: PackageResources.page_css, as: UTF8.self)
    static let script = String(decoding: PackageResources.page_js, as: UTF8.self)
    static let testPage = String(decoding: PackageResources.page_html, as: UTF8.self)

    /// `'sha256-…'`, as a policy names a style sheet or script that stands in the page.
    static func hash(_ text: String) -> String {
        "'sha256-" + Data(SHA256.hash(data: Data(text.utf8))).base64EncodedString() + "'"
    }

    /// Who runs the server, with links; empty where nothing of it is known.
    static func operatorLine(_ links: OperatorLinks, _ language: PageLanguage) -> String {
        func link(_ url: String?, _ title: String, _ id: String) -> String? {
            url.map { "<a href=\"\(escaped($0))\" rel=\"noopener\" id=\"\(id)\">\(title)</a>" }
        }
        let parts = [
            links.name.map { "<span class=\"operator\">\(escaped($0))</span>" },
            link(links.imprint, language.text("Imprint", "Impressum"), "imprint"),
            link(links.privacy, language.text("Privacy", "Datenschutz"), "privacy"),
        ].compactMap(\.self)
        return parts.isEmpty ? "" : "<p class=\"links\">" + parts.joined(separator: " · ") + "</p>"
    }

    /// Text for the content and the quoted attributes of HTML, whatever characters it has.
    static func escaped(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "<": result.append(contentsOf: "&lt;".unicodeScalars)
            case ">": result.append(contentsOf: "&gt;".unicodeScalars)
            case "&": result.append(contentsOf: "&amp;".unicodeScalars)
            case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
            case "'": result.append(contentsOf: "&#39;".unicodeScalars)
            default: result.append(isUnfit(scalar) ? "\u{FFFD}" : scalar)
            }
        }
        return String(result)
    }

    /// Control characters, and the marks that change the direction of what follows them.
    private static func isUnfit(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00...0x1F, 0x7F...0x9F, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
