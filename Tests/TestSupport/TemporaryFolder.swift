import Foundation

/// A folder for one test. Its files have mode 0644, whatever the umask is.
package struct TemporaryFolder {
    package let path: String

    package init() throws {
        path = NSTemporaryDirectory() + "folder-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    package init(copying source: URL) throws {
        path = NSTemporaryDirectory() + "folder-" + UUID().uuidString
        try FileManager.default.copyItem(atPath: source.path, toPath: path)
        for item in try FileManager.default.subpathsOfDirectory(atPath: path) {
            var isFolder: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: path + "/" + item, isDirectory: &isFolder)
            if !isFolder.boolValue { try setMode(0o644, of: item) }
        }
    }

    /// Writes a file and its folders.
    ///
    /// - Returns: its path.
    @discardableResult
    package func write(_ text: String, to name: String, mode: Int = 0o644) throws -> String {
        let file = path + "/" + name
        try FileManager.default.createDirectory(
            atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        try setMode(mode, of: name)
        return file
    }

    package func setMode(_ mode: Int, of name: String) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path + "/" + name)
    }

    package func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }
}
