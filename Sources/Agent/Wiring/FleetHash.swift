import Crypto
import Foundation

/// Which configuration a result was measured under.
enum FleetHash {
    /// The first 16 hexadecimal digits of the SHA-256 of the fleet file; nil when it cannot be read any more.
    static func of(_ path: String) -> String? {
        guard let content = FileManager.default.contents(atPath: path) else { return nil }
        return SHA256.hash(data: content).prefix(8).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
