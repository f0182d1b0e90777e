import ServerLimits

/// Decides what a datagram at the ping service is worth: a reply a third of its size, or nothing.
///
/// No state but how many replies each address had within this second, so that the service serves no flood: 10 pings a second are
/// many for a measurement. Confined to one thread.
struct UDPPingResponder {
    /// Replies to one address, or one /64 of IPv6, within a second.
    static let repliesPerSecond = 200
    /// Addresses within a second; those beyond are not answered in it.
    static let mostSources = 65_536
    /// A proof's time may lie so far behind in seconds, because a client pings as long as it measures …
    static let latest: Int64 = 4 * 3600
    /// … and so far ahead.
    static let earliest: Int64 = 30

    private let verifier: RMBTTokenVerifier?
    private var second = Int64.min
    private var replies: [SourceAddress: Int] = [:]

    /// - Parameter verifier: nil answers whatever the proof says, as the server then measures for anybody.
    init(verifier: RMBTTokenVerifier?) {
        self.verifier = verifier
    }

    /// - Parameter now: Unix time in seconds.
    /// - Returns: nil when the datagram is to be dropped without a word.
    mutating func reply(to datagram: [UInt8], from address: IPAddress, at now: Int64) -> UDPPingReply? {
        guard let request = UDPPingRequest(decoding: datagram), takesPlace(SourceAddress(address), at: now) else {
            return nil
        }
        guard let verifier else { return .answer(sequence: request.sequence) }
        let age = now - Int64(request.proof.time)
        guard (-Self.earliest...Self.latest).contains(age), let key = verifier.signer(of: request.proof) else {
            return nil
        }
        return request.proof.isFor(address, key: key.text)
            ? .answer(sequence: request.sequence) : .wrongAddress(sequence: request.sequence)
    }

    private mutating func takesPlace(_ source: SourceAddress, at now: Int64) -> Bool {
        if now != second {
            second = now
            replies.removeAll(keepingCapacity: true)
        }
        let count = replies[source] ?? 0
        guard count < Self.repliesPerSecond, count > 0 || replies.count < Self.mostSources else { return false }
        replies[source] = count + 1
        return true
    }
}
