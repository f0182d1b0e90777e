/// When a server is to tell how far an upload came.
public enum UploadReports: Sendable, Equatable {
    /// Only the time at its end: PUTNORESULT.
    case none
    /// Each millisecond while it runs: PUT.
    case during
    /// All at its end: PUTTIMERESULT, and PUT where the server does not know that.
    case atEnd
}
