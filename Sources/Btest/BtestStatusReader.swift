/// Takes status messages from a control connection that carries nothing else, as UDP's does (docs/protocols/btest.md, Status message).
///
/// Bytes that begin no status are skipped one by one: a peer that is out of step finds its way back.
struct BtestStatusReader {
    private var input: [UInt8] = []

    /// The statuses that are complete with these bytes.
    mutating func received(_ bytes: some Collection<UInt8>) -> [BtestStatus] {
        input += bytes
        var statuses: [BtestStatus] = []
        var offset = 0
        while input.count - offset >= BtestStatus.length {
            if let status = BtestStatus(decoding: input[offset..<offset + BtestStatus.length]) {
                statuses.append(status)
                offset += BtestStatus.length
            } else {
                offset += 1
            }
        }
        input.removeFirst(offset)
        return statuses
    }
}
