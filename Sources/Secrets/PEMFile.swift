import Files

/// A file with certificates or a key, as text.
public enum PEMFile {
    /// 1 MiB: a thousand certificates.
    private static let largest = 1 << 20

    /// Why a file cannot be read.
    public struct Unreadable: Error, Equatable, Sendable, CustomStringConvertible {
        /// `/etc/tls/key.pem is not there`
        public let description: String
    }

    /// The content without a byte order mark, which would hide the first line from a PEM reader.
    public static func bytes(_ path: String) throws(Unreadable) -> [UInt8] {
        switch BoundedFile.read(path: path, limit: largest) {
        case .success(let bytes): return ByteOrderMark.removed(from: bytes)
        case .failure(let failure): throw Unreadable(description: "\(path) \(failure.what)")
        }
    }
}
