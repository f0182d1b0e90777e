import Crypto

/// The randomness of a plan: SHA-256 over a few lines of text, described byte for byte in docs/scheduling.md, so that
/// anybody can recompute it.
struct PlanHash: Sendable {
    /// What a number is for. Different purposes of one job are independent of one another.
    enum Purpose: String {
        case splay, jitter, gap, order, retry
    }

    let seed: String
    let jobID: String

    /// The first eight bytes of the digest, most significant first.
    ///
    /// - Parameter index: the slot's number, or what else the purpose counts.
    func value(_ purpose: Purpose, _ index: Int64 = 0) -> UInt64 {
        let text = "fleetprobe plan 1\n\(seed)\n\(jobID)\n\(purpose.rawValue)\n\(index)\n"
        var hash = SHA256()
        var text8 = text
        text8.withUTF8 { hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }
        return hash.finalize().prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// An even choice from 0 up to, and without, `limit`: the upper 64 bits of value × limit.
    func choice(_ purpose: Purpose, _ index: Int64 = 0, below limit: Int64) -> Int64 {
        guard limit > 0 else { return 0 }
        return Int64(value(purpose, index).multipliedFullWidth(by: UInt64(limit)).high)
    }

    /// An even choice from 0 up to, and without, 1: the upper 53 bits of the value.
    func fraction(_ purpose: Purpose, _ index: Int64) -> Double {
        Double(value(purpose, index) >> 11) * 0x1p-53
    }
}
