import NIOCore

/// Takes the payload out of a stream of WebSocket frames (RFC 6455, section 5): for RMBT the frames carry one stream of bytes,
/// wherever they are cut (docs/protocols/rmbt.md, Three ways in).
///
/// Without socket or clock. Of a frame it keeps the header and a control frame's 125 bytes; data are passed on as they come.
/// Text is not checked for UTF-8: the lines inside are, for something narrower.
struct WebSocketFrameReader: Sendable {
    enum End: Equatable {
        /// The peer said goodbye, with this status code.
        case closed(code: UInt16?)
        case violation(WebSocketViolation)
    }

    /// What one piece of the stream brought.
    struct Reading: Equatable {
        /// Bytes of the stream inside, all in one.
        var payload = ByteBuffer()
        /// The payload of the last ping: the others need no answer (section 5.5.3).
        var ping: [UInt8]?
        /// Nothing that follows counts.
        var end: End?
    }

    private let sender: WebSocketSide
    /// The header of the next frame, as far as it is here.
    private var header: [UInt8] = []
    /// The frame whose payload comes next; nil between two frames.
    private var frame: WebSocketFrameHeader?
    /// Bytes of its payload that are missing, and the mask at this place.
    private var left = 0
    private var mask = WebSocketMask.none
    private var control: [UInt8] = []
    /// A message has begun whose last fragment is missing.
    private var isInMessage = false
    private var hasEnded = false
    /// A known server sends a NUL after its 101; no first frame begins with one.
    private var skipsNULs: Bool
    /// Kept from read to read, for as long as whoever gets the payload lets it go in between.
    private var gathered = ByteBuffer()

    /// - Parameter sender: whose frames are read.
    init(from sender: WebSocketSide) {
        self.sender = sender
        skipsNULs = sender == .server
        header.reserveCapacity(WebSocketFrameHeader.longest)
    }

    /// Reads on.
    mutating func read(_ input: ByteBuffer) -> Reading {
        guard !hasEnded else { return Reading() }
        if let frame, !frame.opcode.isControl, mask == .none, input.readableBytes <= left {
            // Of a large frame without a mask, most reads are nothing but payload: not one byte is moved.
            left -= input.readableBytes
            endFrameIfComplete()
            return Reading(payload: input)
        }
        // The channel's pool keeps a reference to every buffer it reads into, so changing one would copy it first. So the mask
        // is taken off on the way into another buffer: one pass, as it would be in place, and both stay in the cache.
        var reading = Reading()
        var target = gathered
        gathered = ByteBuffer()
        target.clear(minimumCapacity: input.readableBytes)
        input.withUnsafeReadableBytes { source in
            _ = target.writeWithUnsafeMutableBytes(minimumWritableBytes: source.count) { target in
                gather(source, into: target, &reading)
            }
        }
        reading.payload = target
        // After a transfer, a connection that only waits need not keep a transfer's buffer.
        if target.capacity <= 16 * max(input.readableBytes, 256) { gathered = target }
        return reading
    }

    /// - Returns: bytes of payload that were written.
    private mutating func gather(
        _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer, _ reading: inout Reading
    ) -> Int {
        var position = 0
        var written = 0
        while position < source.count, !hasEnded {
            guard let frame else {
                readHeader(source[position], &reading)
                position += 1
                continue
            }
            let count = min(left, source.count - position)
            let part = UnsafeRawBufferPointer(rebasing: source[position..<(position + count)])
            if frame.opcode.isControl {
                for (offset, byte) in part.enumerated() { control.append(byte ^ mask.byte(at: offset)) }
            } else {
                mask.apply(part, to: UnsafeMutableRawBufferPointer(rebasing: target[written...]))
                written += count
            }
            mask.advance(by: count)
            left -= count
            position += count
            endFrame(&reading)
        }
        return written
    }

    private mutating func readHeader(_ byte: UInt8, _ reading: inout Reading) {
        if skipsNULs, byte == 0, header.isEmpty { return }
        skipsNULs = false
        header.append(byte)
        guard header.count > 1, header.count == WebSocketFrameHeader.size(withSecondByte: header[1]) else { return }
        do {
            try begin(WebSocketFrameHeader(decoding: header, from: sender))
            header.removeAll(keepingCapacity: true)
            endFrame(&reading)
        } catch {
            end(.violation(error), &reading)
        }
    }

    private mutating func begin(_ frame: WebSocketFrameHeader) throws(WebSocketViolation) {
        switch frame.opcode {
        case .continuation:
            guard isInMessage else { throw .continuationOfNothing }
            isInMessage = !frame.isFinal
        case .text, .binary:
            guard !isInMessage else { throw .unfinishedMessage }
            isInMessage = !frame.isFinal
        case .close, .ping, .pong: control.removeAll(keepingCapacity: true)
        }
        self.frame = frame
        left = frame.length
        mask = frame.mask ?? .none
    }

    private mutating func endFrame(_ reading: inout Reading) {
        guard let ended = endFrameIfComplete() else { return }
        switch ended.opcode {
        case .ping: reading.ping = control
        case .close where control.count == 1: end(.violation(.malformedClose), &reading)
        case .close:
            end(.closed(code: control.isEmpty ? nil : control.prefix(2).reduce(0) { $0 << 8 | UInt16($1) }), &reading)
        case .continuation, .text, .binary, .pong: break
        }
    }

    @discardableResult
    private mutating func endFrameIfComplete() -> WebSocketFrameHeader? {
        guard left == 0, let frame else { return nil }
        self.frame = nil
        return frame
    }

    private mutating func end(_ end: End, _ reading: inout Reading) {
        hasEnded = true
        reading.end = end
    }
}
