/// Takes status messages from a connection that carries nothing else, as UDP's control connection and a TCP upload do
/// (docs/protocols/btest.md, Status message).
///
/// Each 12 bytes that begin with 07 are one. Bytes that begin none put it out of step: from then on until the next status a 07 begins one
/// only where the number is one that can follow, for any byte inside a status may be 07, too.
struct BtestStatusReader {
    private var input: [UInt8] = []
    private var last: UInt32 = 0
    /// Bytes since the last status; nil in step.
    private var skipped: Int?

    /// So many statuses may be missing between two: a minute of them. The more, the more often a byte inside a status seems to begin one.
    private static let mostMissing: UInt32 = 60
    /// After so many bytes in vain, numbers have begun anew: any 07 begins a status.
    private static let patience = 20 * BtestStatus.length

    /// The statuses that are complete with these bytes.
    mutating func received(_ bytes: some Collection<UInt8>) -> [BtestStatus] {
        input += bytes
        var statuses: [BtestStatus] = []
        var offset = 0
        while input.count - offset >= BtestStatus.length {
            let piece = input[offset..<offset + BtestStatus.length]
            if let status = BtestStatus(decoding: piece), isExpected(piece) {
                statuses.append(status)
                last = status.sequence
                skipped = nil
                offset += BtestStatus.length
            } else {
                skipped = (skipped ?? 0) + 1
                offset += 1
            }
        }
        input.removeFirst(offset)
        return statuses
    }

    private func isExpected(_ piece: ArraySlice<UInt8>) -> Bool {
        guard let skipped, skipped < Self.patience else { return true }
        return BtestStatus.canBegin(piece, numbered: last...last.raised(by: Self.mostMissing))
    }
}

extension UInt32 {
    /// The sum, or the largest number where it does not fit.
    func raised(by amount: UInt32) -> UInt32 {
        let (sum, overflows) = addingReportingOverflow(amount)
        return overflows ? .max : sum
    }
}
