import Glibc

/// Who sends: the same in every message of a process.
public struct SyslogOrigin: Sendable, Equatable {
    public let host: String
    public let application: String
    public let processID: Int32

    public init(host: String, application: String, processID: Int32) {
        self.host = host
        self.application = application
        self.processID = processID
    }

    /// This process on this machine.
    public static func current(application: String) -> SyslogOrigin {
        var name = [CChar](repeating: 0, count: 256)
        let isKnown = gethostname(&name, name.count - 1) == 0
        let host = String(decoding: name.prefix { isKnown && $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return SyslogOrigin(host: host, application: application, processID: getpid())
    }
}
