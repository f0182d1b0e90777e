import Transfer

/// What moves the data of a test at a server: one TCP connection of it, or all of a UDP test.
protocol BtestServerPart: Sendable {
    /// Bytes so far.
    var received: ByteMeter { get }
    var sent: ByteMeter { get }

    /// Moves data until the test ends, and ends the whole test with itself.
    ///
    /// - Returns: what became of the client's datagrams; nil for TCP.
    func run() async -> PacketCount?
}
