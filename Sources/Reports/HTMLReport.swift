import FleetModel
import Judgement
import Mustache

/// The report as one HTML file that needs nothing beside it: no script, no font, no picture.
public enum HTMLReport {
    /// SHA-256 of the style sheet in base64: the page's policy allows this one and nothing else.
    static let styleHash = "3u7hhHSznwLE5NmFPZvZHtBdonyeqgs2iyf6zWFl+mY="

    /// Renders the page.
    ///
    /// - Throws: ``ReportError/template(name:detail:)`` for a broken build; never on account of the input.
    public static func render(_ input: ReportInput) throws(ReportError) -> String {
        try render(input, FleetSummary(input))
    }

    static func render(_ input: ReportInput, _ fleet: FleetSummary) throws(ReportError) -> String {
        let library = try library.get()
        guard let page = library.render(ReportPage(input, fleet), withTemplate: "report") else {
            throw .template(name: "report", detail: "it is missing")
        }
        return page
    }

    static let templates: [(name: String, bytes: [UInt8])] = [
        ("report", PackageResources.report_mustache),
        ("target-row", PackageResources.target_row_mustache),
        ("target-detail", PackageResources.target_detail_mustache),
        ("figure", PackageResources.figure_mustache),
        ("rate-chart", PackageResources.rate_chart_mustache),
    ]

    static var style: String { String(decoding: PackageResources.report_css, as: UTF8.self) }

    private static let library: Result<MustacheLibrary, ReportError> = {
        MustacheContentTypes.register(HTMLEscaping(), named: HTMLEscaping.name)
        var library = MustacheLibrary()
        for (name, bytes) in templates {
            do {
                try library.register(String(decoding: bytes, as: UTF8.self), named: name)
            } catch {
                return .failure(.template(name: name, detail: "\(error)"))
            }
        }
        return .success(library)
    }()
}
