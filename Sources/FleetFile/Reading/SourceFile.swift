import Files
import Foundation

/// A file that the fleet is read from: the fleet file itself or one that it includes.
final class SourceFile: Sendable {
    /// As people named it: what problems begin with.
    let name: String
    /// An absolute path.
    let path: String
    /// What relative paths in the file are relative to; an absolute path.
    let folder: String
    /// How deep it was included; 0 for the fleet file itself.
    let depth: Int

    init(name: String, path: String, depth: Int) {
        self.name = name
        self.path = path
        // What comes through a pipe lies nowhere: its paths are relative to the working directory.
        folder =
            FileStatus(path: path)?.kind == .pipe
            ? FileManager.default.currentDirectoryPath : (path as NSString).deletingLastPathComponent
        self.depth = depth
    }

    /// The absolute form of a path that this file names.
    func resolve(_ path: String) -> String {
        Self.absolute(path, in: folder)
    }

    static func absolute(_ path: String, in folder: String) -> String {
        let joined = path.hasPrefix("/") ? path : (folder as NSString).appendingPathComponent(path)
        return (joined as NSString).standardizingPath
    }
}
