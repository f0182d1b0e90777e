import Glibc

extension SocketDescriptor {
    /// Bounds what the kernel takes of a TCP stream ahead of a reader that is held to a rate.
    ///
    /// The buffers of a fast way grow to megabytes, and a sender that keeps to no rate would fill them at once.
    ///
    /// - Parameter roundTrip: nanoseconds; a window that is smaller than what is under way would slow the stream down.
    public func boundWindow(forBitsPerSecond rate: Double, roundTrip: Int64) {
        let seconds = 0.1 + 2 * Double(Swift.max(roundTrip, 0)) * 1e-9
        let wanted = rate / 8 * seconds
        // TCP_WINDOW_CLAMP of <linux/tcp.h>. A window below two segments of the loopback would stop and go.
        var bytes = CInt(clamping: Int(Swift.min(Swift.max(wanted, 131_072), 1e9)))
        setsockopt(number, CInt(IPPROTO_TCP), 10, &bytes, socklen_t(MemoryLayout<CInt>.size))
    }
}
