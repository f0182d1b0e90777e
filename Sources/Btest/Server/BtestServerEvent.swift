/// What happened at a server, for those who keep records of it. A `peer` is an address with its port, `192.0.2.1:50123` or
/// `[2001:db8::1]:50123`, and a dropped connection's `source` an address or a /64.
public enum BtestServerEvent: Sendable, Equatable {
    /// A connection was closed at once, before a word was said. At most one a second is told.
    ///
    /// - Parameter untold: how many more were dropped since the last event of this kind.
    case connectionDropped(source: String, reason: String, untold: Int)
    /// A user could not log in. The peer heard what every failed login hears.
    case loginFailed(peer: String, userName: String, failure: BtestLoginFailure)
    /// A peer got no test: its login held, or none was asked for, or it did not come so far.
    case refused(peer: String, userName: String?, refusal: BtestRefusal)
    case testStarted(BtestServedTest)
    case testEnded(BtestServedTest, BtestServedTestResult)
}
