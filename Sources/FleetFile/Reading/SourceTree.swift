import Files
import Foundation

/// Reads the fleet file and everything that it includes.
struct SourceTree {
    /// The top level of one file.
    struct Root {
        let file: SourceFile
        let node: SourceNode
    }

    private static let mostFiles = 1000
    private static let deepestInclude = 8

    let problems: ProblemCollector
    /// What the main file is to people.
    let noun: String
    private(set) var roots: [Root] = []
    /// Every file in the order in which it was read.
    private(set) var files: [ConfigurationHash.File] = []
    private var reader: YAMLReader
    private var pathsRead: Set<String> = []
    /// Of the fleet file.
    private var folder: String?

    init(problems: ProblemCollector, noun: String = "fleet file") {
        self.problems = problems
        self.noun = noun
        reader = YAMLReader(problems: problems)
    }

    /// Reads the fleet file itself.
    ///
    /// - Parameter path: as people named it; relative to the working directory.
    mutating func readMain(path: String) {
        let absolute = SourceFile.absolute(path, in: FileManager.default.currentDirectoryPath)
        let file = SourceFile(name: path, path: absolute, depth: 0)
        folder = file.folder
        read(file, namedAt: nil, chain: [])
    }

    private mutating func read(_ file: SourceFile, namedAt position: SourcePosition?, chain: [String]) {
        let top = position ?? SourcePosition(file: file, line: 1, column: 1)
        let identity = URL(fileURLWithPath: file.path).resolvingSymlinksInPath().path
        if chain.contains(identity) {
            problems.report(
                top, "include goes round in a circle", found: "found " + SourceNode.quoted(file.name, limit: 4096),
                remedy: "remove this include")
            return
        }
        guard !pathsRead.contains(identity) else { return }
        guard pathsRead.count < Self.mostFiles, file.depth <= Self.deepestInclude else {
            problems.report(
                top, "more than \(Self.mostFiles) files, or includes more than \(Self.deepestInclude) deep",
                remedy: "combine files")
            return
        }
        pathsRead.insert(identity)
        problems.fileOpened(file)
        guard let text = readText(file, top), let node = reader.read(text, of: file) else {
            if position == nil, problems.problems.isEmpty {
                problems.report(top, "the \(noun) is empty", remedy: "begin with \"version: 1\"")
            }
            return
        }
        if case .nothing = node.content { return }
        guard case .map(let entries) = node.content else {
            problems.report(
                node.position, "a \(noun) must be a map", found: node.found, remedy: "begin with \"version: 1\"")
            return
        }
        roots.append(Root(file: file, node: node))
        if let include = entries.first(where: { $0.key == "include" }) {
            readIncludes(include.value, chain: chain + [identity])
        }
    }

    /// As seen from the fleet file's folder, where the file lies below it; its path else.
    private func nameInFleet(_ path: String) -> String {
        guard let folder, path.hasPrefix(folder + "/") else { return path }
        return String(path.dropFirst(folder.count + 1))
    }

    private mutating func readText(_ file: SourceFile, _ top: SourcePosition) -> String? {
        switch BoundedFile.read(path: file.path, limit: YAMLReader.largestFile) {
        case .success(let bytes):
            let name = file.depth == 0 ? (file.path as NSString).lastPathComponent : file.path
            files.append(ConfigurationHash.File(name: nameInFleet(name), bytes: bytes))
            if let text = String(validating: ByteOrderMark.removed(from: bytes), as: UTF8.self) { return text }
            let found = ByteOrderMark.isUTF16(bytes) ? "UTF-16" : "bytes that are not UTF-8"
            let readable = String(decoding: bytes, as: UTF8.self).unicodeScalars.prefix { $0 != "\u{FFFD}" }
            let place = TextPlaces.place(after: readable)
            problems.report(
                SourcePosition(file: file, line: place.line, column: place.column), "the text cannot be read",
                found: "found \(found)", remedy: "save the file as UTF-8")
        case .failure(let failure):
            problems.report(
                top, "the \(noun) \(SourceNode.quoted(file.name, limit: 4096)) \(failure.what)",
                remedy: failure.remedy)
        }
        return nil
    }

    private mutating func readIncludes(_ node: SourceNode, chain: [String]) {
        let values = ValueReader(problems: problems)
        guard let items = values.list(node, of: "include", example: "[fleet.d/*.yaml]") else { return }
        for item in items {
            guard let pattern = values.text(item, of: "include") else { continue }
            let file = item.position.file
            let matches = FilePattern.matches(file.resolve(pattern))
            if matches.isEmpty {
                if FilePattern.isPattern(pattern) {
                    problems.warn(
                        item.position, "\"include\" matches no file", found: item.found,
                        remedy: "put one there or remove the include")
                } else {
                    problems.report(
                        item.position, "the included file is not there", found: item.found,
                        remedy: "put it there or fix the path")
                }
            }
            for path in matches {
                let included = SourceFile(name: name(of: path, includedBy: file), path: path, depth: file.depth + 1)
                read(included, namedAt: item.position, chain: chain)
            }
        }
    }

    /// The included file as seen from where the including one was named.
    private func name(of path: String, includedBy file: SourceFile) -> String {
        guard path.hasPrefix(file.folder + "/") else { return path }
        let tail = String(path.dropFirst(file.folder.count + 1))
        let folder = (file.name as NSString).deletingLastPathComponent
        return folder.isEmpty ? tail : (folder as NSString).appendingPathComponent(tail)
    }
}
