import Foundation

/// The permission bits of a file.
struct FilePermissions: CustomStringConvertible {
    let bits: UInt32

    init(bits: UInt32) {
        self.bits = bits & 0o7777
    }

    /// - Returns: nil for a file that is not there.
    init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(bits: status.st_mode)
    }

    /// Whether the group or others may do anything with the file.
    var areOpenToOthers: Bool { bits & 0o077 != 0 }

    /// As chmod takes them: `0644`.
    var description: String {
        let octal = String(bits, radix: 8)
        return String(repeating: "0", count: max(0, 4 - octal.count)) + octal
    }
}
