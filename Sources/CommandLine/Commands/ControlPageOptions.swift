import ArgumentParser
import Foundation
import RMBTControl

/// Who a Control Server's pages name as their operator, and which other pages may use it.
struct ControlPageOptions: ParsableArguments {
    @Option(
        name: .customLong("operator"),
        help: ArgumentHelp("Name of the operator, shown on the pages; up to 100 characters.", valueName: "name"))
    var operatorName: String?

    @Option(help: ArgumentHelp("Link to the operator's imprint, shown on the pages.", valueName: "url"))
    var imprintUrl: String?

    @Option(help: ArgumentHelp("Link to the operator's privacy policy, shown on the pages.", valueName: "url"))
    var privacyUrl: String?

    @Option(
        help: ArgumentHelp(
            "Let pages of this origin use the interface, https://www.example.net for example; * lets any. Again for more of them.",
            valueName: "origin"))
    var allowOrigin: [String] = []

    func validate() throws {
        if let operatorName {
            let isPrintable = operatorName.unicodeScalars.allSatisfy {
                $0.properties.generalCategory != .control && $0.properties.generalCategory != .format
                    && $0.properties.generalCategory != .lineSeparator
                    && $0.properties.generalCategory != .paragraphSeparator
            }
            let isBlank = operatorName.allSatisfy(\.isWhitespace)
            guard isPrintable, !isBlank, operatorName.count <= 100, operatorName.utf8.count <= 400 else {
                throw ValidationError("--operator takes 1 to 100 printable characters.")
            }
        }
        for (option, url) in [("--imprint-url", imprintUrl), ("--privacy-url", privacyUrl)] {
            guard let url, !Self.isWebAddress(url) else { continue }
            throw ValidationError("\(option) takes an address such as https://www.example.net/imprint.")
        }
        for origin in allowOrigin where origin != "*" && !Self.isOrigin(origin) {
            throw ValidationError(
                "--allow-origin takes an origin such as https://www.example.net, without a path, or *; found \(origin.debugDescription)."
            )
        }
    }

    func apply(to configuration: inout ControlServer.Configuration) {
        configuration.operatorLinks = OperatorLinks(name: operatorName, imprint: imprintUrl, privacy: privacyUrl)
        configuration.allowedOrigins = allowOrigin
    }

    private static func isWebAddress(_ text: String) -> Bool {
        guard text.utf8.count <= 2048, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
            scheme == "https" || scheme == "http", parts.host?.isEmpty == false, parts.user == nil
        else { return false }
        return true
    }

    private static func isOrigin(_ text: String) -> Bool {
        guard isWebAddress(text), let parts = URLComponents(string: text) else { return false }
        return parts.path.isEmpty && parts.query == nil && parts.fragment == nil
            && (1...65_535).contains(parts.port ?? 443) && !text.hasSuffix("?") && !text.hasSuffix("#")
            && !text.contains(",")
    }
}
