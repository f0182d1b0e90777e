import Glibc

extension SocketDescriptor {
    /// Lets the kernel give a TCP connection up when what it sent is not acknowledged, or cannot be sent because the peer does not
    /// read, for this long: a peer that vanished without a word would otherwise be waited for some 15 minutes.
    public func setUserTimeout(_ timeout: Duration) {
        // TCP_USER_TIMEOUT of <linux/tcp.h>, in milliseconds.
        let option: CInt = 18
        var milliseconds = CUnsignedInt(clamping: timeout.wholeNanoseconds / 1_000_000)
        setsockopt(
            number, CInt(IPPROTO_TCP), option, &milliseconds, socklen_t(MemoryLayout<CUnsignedInt>.size))
    }
}
