import Glibc
import ServerLimits
import Transfer

extension BtestServedTestResult.Reason {
    /// What the end of a loop that moved data says of its test.
    init(_ end: TransferEnd, of grant: QuotaGrant) {
        self =
            switch end {
            case .deadline: .maxDuration
            // Whoever raised the signal had the first word.
            case .stopped: .serverStopped
            case .peerClosed, .failed(errno: ECONNRESET), .failed(errno: EPIPE): .clientLeft
            case .exhausted: .quota(grant.exhaustion?.description ?? "a quota is used up")
            case .failed(errno: ETIMEDOUT): .failed("the client did not answer any more")
            case .failed(let error): .failed(String(cString: strerror(error)).lowercased())
            }
    }
}
