import Glibc

/// Makes folders with their final permissions from the start: there is no instant in which others could enter.
public enum MadeFolder {
    /// What the system has against a folder.
    public struct Failure: Error, Equatable, Sendable {
        public let path: String
        /// In the system's words.
        public let reason: String

        public init(path: String, reason: String) {
            self.path = path
            self.reason = reason
        }
    }

    /// Makes a folder and those above it that are missing. One that is there keeps its permissions.
    ///
    /// - Parameters:
    ///   - mode: of the folders that are made; a umask can only take from it.
    /// - Throws: ``Failure`` for the first one that cannot be made.
    public static func make(_ path: String, mode: mode_t) throws(Failure) {
        if mkdir(path, mode) == 0 { return }
        switch errno {
        case EEXIST:
            var status = stat()
            guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
                throw Failure(path: path, reason: SystemError.words(ENOTDIR))
            }
        case ENOENT:
            let parent = path.prefix(upTo: path.dropLast(while: "/").lastIndex(of: "/") ?? path.startIndex)
            guard !parent.isEmpty, parent.count < path.count else {
                throw Failure(path: path, reason: SystemError.words(ENOENT))
            }
            try make(String(parent), mode: mode)
            guard mkdir(path, mode) == 0 || errno == EEXIST else {
                throw Failure(path: path, reason: SystemError.words(errno))
            }
        case let code: throw Failure(path: path, reason: SystemError.words(code))
        }
    }
}

extension String {
    fileprivate func dropLast(while character: Character) -> Substring {
        var rest = self[...]
        while rest.last == character { rest.removeLast() }
        return rest
    }
}
