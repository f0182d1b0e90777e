import CSocket
import Glibc

/// A UDP socket with buffers for bursts, made for sending and receiving many datagrams at once.
public struct DatagramSocket: Sendable {
    /// Why a socket could not be had: the system's error number.
    public struct Failure: Error, Sendable, Equatable {
        public let errno: CInt

        public init(errno: CInt) {
            self.errno = errno
        }
    }

    public let descriptor: SocketDescriptor
    /// The address that it is bound to.
    public let local: PeerAddress
    /// Whether the kernel hands over several datagrams at once (GRO) and takes them so (GSO).
    public let usesOffload: Bool

    /// Room for what arrives while the reading thread does not run: at 10 Gbit/s some 25 ms. The kernel takes no memory for it until
    /// something is queued, and without privileges grants less.
    private static let bufferSize = 32 << 20

    /// Opens a socket on a local address.
    ///
    /// - Parameters:
    ///   - local: port 0 takes a free one.
    ///   - offload: false sends and receives every datagram by itself.
    public static func bound(to local: PeerAddress, offload: Bool = true) -> Result<DatagramSocket, Failure> {
        let type = CInt(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let number = socket(local.isIPv6 ? AF_INET6 : AF_INET, type, 0)
        guard number >= 0 else { return .failure(Failure(errno: errno)) }
        let descriptor = SocketDescriptor(owning: number)
        guard local.withSystemAddress({ bind(number, $0, $1) }) == 0 else { return .failure(Failure(errno: errno)) }
        csocket_size_buffers(number, CInt(bufferSize))
        csocket_allow_fragments(number)
        let receivesOffloaded = offload && csocket_enable_receive_offload(number) == 0
        return .success(
            DatagramSocket(
                descriptor: descriptor, local: PeerAddress(localOf: number) ?? local, usesOffload: receivesOffloaded))
    }

    /// Sends to `peer` and receives from nobody else from now on.
    public func connect(to peer: PeerAddress) -> Failure? {
        peer.withSystemAddress { Glibc.connect(descriptor.number, $0, $1) } == 0 ? nil : Failure(errno: errno)
    }

    /// Sends one datagram of `bytes`, which may be none; a full buffer drops it.
    ///
    /// - Parameter peer: nil on a connected socket.
    public func sendOnce(_ bytes: [UInt8], to peer: PeerAddress? = nil) {
        let flags = CInt(MSG_DONTWAIT | MSG_NOSIGNAL)
        bytes.withUnsafeBytes { bytes in
            guard let peer else {
                _ = send(descriptor.number, bytes.baseAddress, bytes.count, flags)
                return
            }
            _ = peer.withSystemAddress { sendto(descriptor.number, bytes.baseAddress, bytes.count, flags, $0, $1) }
        }
    }
}
