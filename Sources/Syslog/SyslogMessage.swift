import Foundation

/// One event for a syslog server: a name, and facts about it in a fixed order.
public struct SyslogMessage: Sendable, Equatable {
    /// RFC 5424, table 2: the levels that a service has use for.
    public enum Severity: Int, Sendable, CaseIterable {
        case error = 3
        case warning = 4
        case notice = 5
        case informational = 6
    }

    /// One fact. The value may come from a peer and hold anything.
    public struct Field: Sendable, Equatable {
        public let key: String
        public let value: String

        public init(_ key: String, _ value: String) {
            self.key = key
            self.value = value
        }
    }

    public let time: Date
    public let severity: Severity
    /// Of printable ASCII without spaces, at most 32 characters: the MSGID of RFC 5424.
    public let event: String
    public let fields: [Field]

    public init(time: Date, severity: Severity, event: String, fields: [Field]) {
        self.time = time
        self.severity = severity
        self.event = event
        self.fields = fields
    }
}
