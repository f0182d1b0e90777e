import Foundation

/// How much memory this process holds.
package enum ResidentMemory {
    /// Resident set size, from the second field of /proc/self/statm; 0 where there is none.
    package static var bytes: Int {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}
