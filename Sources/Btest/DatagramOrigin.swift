import Transfer

/// Whose datagrams a client counts: those from the port that the server named, or, when none has come from there for a while, those from
/// the one port of the same machine to which a NAT in front of the server changed it (docs/protocols/btest.md, UDP transfer).
struct DatagramOrigin: Sendable {
    private var origin: PeerAddress
    private var isHeard = false
    private let patientUntil: Int64

    /// - Parameters:
    ///   - named: the server's address with the port that it named.
    ///   - patientUntil: until then no other port is believed, an instant of ``MonotonicClock``.
    init(named: PeerAddress, patientUntil: Int64) {
        origin = named
        self.patientUntil = patientUntil
    }

    /// - Parameter sequence: nil where the datagram is too short to have one.
    mutating func admits(_ source: PeerAddress, sequence: UInt32?, at now: Int64) -> Bool {
        if source.port != origin.port || !source.isSameHost(as: origin) {
            guard !isHeard, now >= patientUntil, sequence != nil, source.isSameHost(as: origin) else { return false }
            origin = source
        }
        isHeard = true
        return true
    }
}
