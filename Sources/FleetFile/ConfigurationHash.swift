import Crypto

/// Which configuration a result was measured under: a digest over the fleet file and every file that it includes.
///
/// Anybody can recompute it. Of a fleet of one file: `sha256sum fleet.yaml`; of one with includes, run in the fleet file's folder,
/// `sha256sum fleet.yaml fleet.d/a.yaml … | sha256sum`, the files in the order in which they are read: the fleet file first, what a file
/// includes after it in the order of its list, the files of one pattern by their names, each once. The first 16 digits are the hash. A
/// file that is renamed, added, left out, or read in another place gives another hash; passwords in files of their own do not.
enum ConfigurationHash {
    struct File: Sendable {
        /// As seen from the fleet file's folder; a path where it lies elsewhere.
        let name: String
        let bytes: [UInt8]
    }

    static func of(_ files: [File]) -> String? {
        guard let main = files.first else { return nil }
        guard files.count > 1 else { return String(digest(main.bytes).prefix(16)) }
        let lines = files.map { "\(digest($0.bytes))  \($0.name)\n" }.joined()
        return String(digest(Array(lines.utf8)).prefix(16))
    }

    private static func digest(_ bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
