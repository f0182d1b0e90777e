import NIOCore

extension ByteBuffer {
    /// Puts `piece` behind what is still unread.
    ///
    /// With nothing unread, as while chunks flow, no byte is copied. What was read goes: a peer that always leaves half a line
    /// cannot make the buffer grow.
    mutating func append(_ piece: ByteBuffer) {
        guard readableBytes > 0 else {
            self = piece
            return
        }
        discardReadBytes()
        writeImmutableBuffer(piece)
    }
}
