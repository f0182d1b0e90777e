/// The two forms in which syslog servers take a message.
///
/// Both are one line of at most ``longest`` bytes in which nothing that a peer chose can begin a second message, close an
/// element or steer a terminal: a name of a user is as long and as hostile as its owner likes.
public enum SyslogFormat: String, Sendable, CaseIterable {
    /// RFC 5424: a version, a time with its zone, structured data.
    case rfc5424
    /// RFC 3164, the older form: ASCII, the sender's local time without zone and year.
    case rfc3164

    /// The most bytes of a message. RFC 5424 (6.1) asks receivers for 2048, RFC 3164 (4.1) allows 1024.
    public var longest: Int {
        switch self {
        case .rfc5424: 2048
        case .rfc3164: 1024
        }
    }

    /// The bytes of one datagram.
    ///
    /// - Parameter utcOffset: seconds that the sender's local time is ahead of UTC; RFC 3164 alone has use for it.
    public func encode(_ message: SyslogMessage, from origin: SyslogOrigin, utcOffset: Int = 0) -> [UInt8] {
        // Facility 3, system daemons.
        let priority = "<\(3 * 8 + message.severity.rawValue)>"
        let event = SyslogText.token(message.event, longest: 32)
        switch self {
        case .rfc5424:
            let host = SyslogText.token(origin.host, longest: 255)
            let application = SyslogText.token(origin.application, longest: 48)
            let header =
                "\(priority)1 \(SyslogTime.rfc5424(message.time)) \(host) \(application) \(origin.processID) \(event) "
            let fields = message.fields.map { ($0.key, SyslogText.visible($0.value)) }
            let text = SyslogText.line(event, fields)
            // The text is for people and repeats what the element says, so the element has the right of way.
            let room = longest - header.utf8.count - text.utf8.prefix(256).count - 1
            return SyslogText.cut(header + Self.element(fields, longest: room) + " " + text, to: longest)
        case .rfc3164:
            // The name alone, without its domain (RFC 3164, 4.1.2).
            let name = origin.host.split(separator: ".").first.map(String.init) ?? ""
            let host = SyslogText.token(name, longest: 255)
            let tag = SyslogText.token(origin.application, longest: 23)
            let fields = message.fields.map { ($0.key, SyslogText.ascii($0.value)) }
            let time = SyslogTime.rfc3164(message.time, utcOffset: utcOffset)
            return SyslogText.cut(
                "\(priority)\(time) \(host) \(tag)[\(origin.processID)]: " + SyslogText.line(event, fields), to: longest
            )
        }
    }

    /// 32473 is the number that RFC 5612 sets aside for those who have none of their own.
    private static let elementName = "fleetprobe@32473"

    /// One element of structured data (RFC 5424, 6.3); a parameter that does not fit any more is left out whole.
    private static func element(_ fields: [(key: String, value: String)], longest: Int) -> String {
        var text = "[" + elementName
        for (key, value) in fields {
            let parameter = " \(SyslogText.parameterName(key))=\"\(SyslogText.parameterValue(value))\""
            if text.utf8.count + parameter.utf8.count < longest { text += parameter }
        }
        return text + "]"
    }
}
