/// The version of this program, as `--version` and other systems are told it.
enum ProgramVersion {
    static let text = "0.1.0"
}
