import Accounts
import Foundation
import NIOCore

/// Why a server did not start.
package enum ServingError: Error, CustomStringConvertible {
    case cannotListen([ListenEndpoint], reason: String)
    case accounts(AccountStoreError)
    case records(RecordFile.Failure)
    /// A file, or what a server asks of one, cannot be used: one sentence.
    case unusable(String)

    /// One sentence.
    package var description: String {
        switch self {
        case .cannotListen(let endpoints, let reason):
            "cannot listen on \(endpoints.map(\.description).joined(separator: ", ")): \(reason)"
        case .accounts(let error): error.description
        case .records(let failure): failure.description
        case .unusable(let sentence): sentence
        }
    }

    /// - Parameter error: of a listener that did not come about.
    static func cannotListen(_ endpoints: [ListenEndpoint], _ error: any Error) -> ServingError {
        let reason = (error as? IOError).map { String(cString: strerror($0.errnoCode)).lowercased() } ?? "\(error)"
        return .cannotListen(endpoints, reason: reason)
    }
}
