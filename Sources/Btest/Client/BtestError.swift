import Sockets

/// Why a btest did not end well. Each case has a sentence for a network engineer.
public enum BtestError: Error, Sendable, Equatable {
    case connection(ConnectFailure)
    /// The server said nothing more while the client waited for `step`.
    case silent(step: String, seconds: Double)
    /// The server closed the connection while the client waited for `step`.
    case closed(step: String)
    case refused
    /// The server wants a login and none was given.
    case credentialsMissing(offered: BtestAuthentication)
    /// A wrong user name or password; the protocol does not say which.
    case authenticationFailed(BtestAuthentication)
    /// The server offers less than was demanded.
    case weakAuthentication(offered: BtestAuthentication, required: BtestAuthentication)
    /// The server could not prove that it knows the password either.
    case serverNotGenuine
    /// The user name does not fit into the protocol's field.
    case userNameTooLong(limit: Int)
    case violation(step: String, detail: String)
    /// Data flowed, and then the connection ended before its time.
    case interrupted(after: Double, of: Double)
    /// Data flowed, and then nothing more was heard of the server: it or the way to it is gone.
    case vanished(after: Double, of: Double)
    /// The test ran its time, and not one byte could be counted.
    case nothingTransferred(String)
    /// A handful of bytes arrived: messages of the protocol, and no data.
    case strayBytes(direction: String, bytes: Int64)
    /// The same over UDP, which a firewall or a NAT may stop.
    case noDatagrams(direction: String, server: String)
    /// Of an upload over UDP the server told nothing, neither that anything arrived nor that nothing did.
    case noReports
    case stopped
    case local(String)
}

extension BtestError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .connection(let failure): failure.description
        case .silent(let step, let seconds):
            "The server accepted the connection but did not send \(step) within \(seconds.formattedSeconds)."
        case .closed(let step): "The server closed the connection instead of sending \(step)."
        case .refused: "The server refused the test."
        case .credentialsMissing(let offered):
            "The server asks for a login (\(offered.rawValue)) and no user name and password were given."
        case .authenticationFailed(let method):
            "The server did not accept the user name or the password (\(method.rawValue))."
        case .weakAuthentication(let offered, let required):
            "The server offers \(offered.rawValue) authentication where \(required.rawValue) is required; "
                + "no password was sent."
        case .serverNotGenuine: "The server could not prove that it knows the password: it is not the one it should be."
        case .userNameTooLong(let limit): "The user name is too long: this authentication has room for \(limit) bytes."
        case .violation(let step, let detail): "Instead of \(step) the server sent \(detail)."
        case .interrupted(let after, let of):
            "The connection ended after \(Self.tenths(after)) of \(of.formattedSeconds); "
                + "what was counted until then is kept."
        case .vanished(let after, let of):
            "Nothing more came from the server after \(Self.tenths(after)) of \(of.formattedSeconds); "
                + "what was counted until then is kept."
        case .nothingTransferred(let direction): "Not one byte arrived in the \(direction) direction."
        case .strayBytes(let direction, let bytes):
            "Only \(bytes) bytes arrived in the \(direction) direction: these are messages of the protocol and no data, so the login or "
                + "the start of the test went wrong."
        case .noDatagrams(let direction, let server):
            "Not one UDP datagram arrived in the \(direction) direction: a firewall may drop UDP to or from \(server), or a NAT "
                + "is in the way (-n opens it)."
        case .noReports:
            "The server did not report what it received, and over UDP nobody else knows: the upload cannot be measured."
        case .stopped: "The test was stopped."
        case .local(let reason): "This machine could not run the test: \(reason)."
        }
    }

    private static func tenths(_ seconds: Double) -> String {
        ((seconds * 10).rounded() / 10).formattedSeconds
    }
}
