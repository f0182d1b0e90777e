import Transfer

/// Learns what a peer counts as a datagram's bytes in its statuses: RouterOS the whole packet, others its payload alone.
///
/// The sender knows what it sends, all datagrams of one size; the counts of a peer are multiples of the one or the other.
struct StatusByteUnit: Sendable {
    private let size: DatagramSize
    private var fitsPacket = true
    private var fitsPayload = true

    init(size: DatagramSize) {
        self.size = size
    }

    mutating func reported(_ bytes: Int64) {
        guard bytes > 0 else { return }
        if !bytes.isMultiple(of: Int64(size.packet)) { fitsPacket = false }
        if !bytes.isMultiple(of: Int64(size.payload)) { fitsPayload = false }
    }

    /// How many of the peer's bytes make one datagram.
    var bytesPerDatagram: Int { fitsPayload && !fitsPacket ? size.payload : size.packet }
}
