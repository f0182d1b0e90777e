import Foundation
import Testing

@testable import Syslog

@Suite struct SyslogFormatTests {
    private let origin = SyslogOrigin(host: "gw1.example.net", application: "fleetprobe", processID: 417)
    /// 2026-03-02T04:05:06.789Z.
    private let time = Date(timeIntervalSince1970: 1_772_424_306.789)

    private func text(
        _ format: SyslogFormat, _ fields: [SyslogMessage.Field], event: String = "AUTH_FAILURE",
        severity: SyslogMessage.Severity = .warning, origin: SyslogOrigin? = nil, time: Date? = nil, utcOffset: Int = 0
    ) -> String {
        let message = SyslogMessage(time: time ?? self.time, severity: severity, event: event, fields: fields)
        return String(
            decoding: format.encode(message, from: origin ?? self.origin, utcOffset: utcOffset), as: UTF8.self)
    }

    private let login = [
        SyslogMessage.Field("peer", "192.0.2.7"), .init("user", "admin"), .init("type", "md5"),
        .init("reason", "wrong password"),
    ]

    @Test func `RFC 5424 has a version, a time in UTC, structured data and the same as text`() {
        #expect(
            text(.rfc5424, login, utcOffset: 3600) == """
                <28>1 2026-03-02T04:05:06.789Z gw1.example.net fleetprobe 417 AUTH_FAILURE \
                [fleetprobe@32473 peer="192.0.2.7" user="admin" type="md5" reason="wrong password"] \
                AUTH_FAILURE peer=192.0.2.7 user=admin type=md5 reason="wrong password"
                """)
    }

    @Test func `RFC 3164 has local time, the host's bare name and a tag`() {
        #expect(
            text(.rfc3164, login, utcOffset: -5 * 3600) == """
                <28>Mar  1 23:05:06 gw1 fleetprobe[417]: \
                AUTH_FAILURE peer=192.0.2.7 user=admin type=md5 reason="wrong password"
                """)
        let late = Date(timeIntervalSince1970: 1_798_761_599)
        #expect(text(.rfc3164, [], time: late).hasPrefix("<28>Dec 31 23:59:59 gw1 "))
    }

    @Test(arguments: zip(SyslogMessage.Severity.allCases, ["<27>", "<28>", "<29>", "<30>"]))
    func `the priority is that of a daemon`(severity: SyslogMessage.Severity, priority: String) {
        for format in SyslogFormat.allCases {
            #expect(text(format, [], severity: severity).hasPrefix(priority))
        }
    }

    @Test func `no name closes an element, a quote or a line`() {
        let name = [SyslogMessage.Field("user", #"a"] \\ [x@1 y="z\#r\#n<30>1 - - - - - - forged"#)]
        #expect(
            text(.rfc5424, name).hasSuffix(
                #" [fleetprobe@32473 user="a\"\] \\\\ [x@1 y=\"z\#u{FFFD}\#u{FFFD}<30>1 - - - - - - forged"] "#
                    + #"AUTH_FAILURE user="a\"] \\\\ [x@1 y=\"z\#u{FFFD}\#u{FFFD}<30>1 - - - - - - forged""#))
        #expect(
            text(.rfc3164, name).hasSuffix(
                #": AUTH_FAILURE user="a\"] \\\\ [x@1 y=\"z??<30>1 - - - - - - forged""#))
    }

    @Test(arguments: [
        "\u{0}", "\u{7}", "\n", "\r\n", "\u{1B}[2J", "\u{7F}", "\u{85}", "\u{9B}", "\u{202E}", "\u{2028}", "\u{FEFF}",
    ])
    func `no control character and no mark of direction comes through`(hostile: String) {
        for format in SyslogFormat.allCases {
            let line = text(format, [.init("user", "a" + hostile + "b")])
            let marks: Set<Unicode.Scalar> = ["\u{202E}", "\u{2028}", "\u{FEFF}"]
            #expect(
                !line.unicodeScalars.contains { marks.contains($0) || $0.properties.generalCategory == .control })
            #expect(line.contains("user="))
        }
    }

    @Test func `other scripts stay in RFC 5424 and are question marks in RFC 3164`() {
        #expect(
            text(.rfc5424, [.init("user", "Jörg")]).hasSuffix("[fleetprobe@32473 user=\"Jörg\"] AUTH_FAILURE user=Jörg")
        )
        #expect(text(.rfc3164, [.init("user", "Jörg")]).hasSuffix(": AUTH_FAILURE user=J?rg"))
    }

    @Test func `an empty value, and one with an equals sign, stand in quotes`() {
        #expect(text(.rfc3164, [.init("user", ""), .init("a", "b=c")]).hasSuffix(": AUTH_FAILURE user=\"\" a=\"b=c\""))
    }

    @Test(arguments: ["a", "ü", "\"", "]", "\\", "東", "👩‍👩‍👧‍👦"])
    func `no value makes a message longer than its form allows, nor ends it within a character`(part: String) {
        let fields = (0..<12).map { SyslogMessage.Field("key\($0)", String(repeating: part, count: 4000)) }
        for format in SyslogFormat.allCases {
            for host in ["h", String(repeating: "h", count: 4000)] {
                let bytes = format.encode(
                    SyslogMessage(time: time, severity: .error, event: "E", fields: fields),
                    from: SyslogOrigin(host: host, application: String(repeating: "a", count: 99), processID: 1))
                #expect(bytes.count <= format.longest)
                #expect(bytes.count > format.longest - 600)
                #expect(String(validating: bytes, as: UTF8.self) != nil)
            }
        }
    }

    @Test func `an element that is too long loses whole parameters and stays closed`() {
        let line = text(.rfc5424, (0..<9).map { .init("k\($0)", String(repeating: "]", count: 255)) })
        #expect(line.contains("\" k2=\"\\]"))
        #expect(line.contains("\\]\"] AUTH_FAILURE k0=]]]"))
    }

    @Test func `a header without a host or with spaces has dashes and no gaps`() {
        let nobody = SyslogOrigin(host: "", application: " \n", processID: 1)
        #expect(
            text(.rfc5424, [], event: "A B", origin: nobody)
                == "<28>1 2026-03-02T04:05:06.789Z - - 1 AB [fleetprobe@32473] AB"
        )
        #expect(text(.rfc3164, [], event: "", origin: nobody) == "<28>Mar  2 04:05:06 - -[1]: -")
    }

    @Test(arguments: [-1e18, 1e18, .nan, .infinity, -.infinity])
    func `no clock breaks a message`(seconds: Double) {
        let time = Date(timeIntervalSince1970: seconds)
        #expect(text(.rfc5424, [], time: time).contains("Z gw1.example.net "))
        #expect(text(.rfc3164, [], time: time, utcOffset: .max).contains(" gw1 "))
    }
}
