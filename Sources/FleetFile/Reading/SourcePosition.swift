/// A place in a file, for problems and for paths that are relative to the file that names them.
struct SourcePosition: Sendable {
    let file: SourceFile
    /// From 1.
    let line: Int
    /// From 1, in Unicode scalars.
    let column: Int
}
