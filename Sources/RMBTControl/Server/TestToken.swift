import Foundation
import RMBT

/// A token as a Control Server made it: names the test and when it may start.
struct TestToken: Equatable {
    /// The open test uuid.
    let test: UUID
    /// Unix seconds.
    let start: Int64

    /// Reads a token and checks that one of the keys signed it; when it may be used is not judged here.
    ///
    /// - Returns: nil for a token that is malformed or signed by nobody known.
    init?(_ text: String, keys: [String]) {
        // What version 2 adds binds the address from which the RMBT server was reached, and has done its work.
        let parts = text.split(separator: "_", maxSplits: 3, omittingEmptySubsequences: false).prefix(3)
        guard parts.count == 3, text.utf8.count <= 512, let test = UUID(uuidString: String(parts[0])),
            let start = Int64(parts[1])
        else { return nil }
        let verifier = RMBTTokenVerifier(keys: keys.map { RMBTTokenVerifier.Key($0, label: "") })
        guard case .valid = verifier.verdict(on: parts.joined(separator: "_"), from: nil, at: start) else { return nil }
        self.test = test
        self.start = start
    }
}
