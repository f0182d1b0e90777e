import Foundation
import Testing

@testable import ECSRP5

@Suite("Memory")
struct MemoryTests {
    @Test("1,000 logins and as many refused keys leave the process as large as it was")
    func nothingLeaks() throws {
        let salt = try Salt(bytes: [UInt8](repeating: 12, count: 16))
        let verifier = try Verifier(user: "probe", password: "secret", salt: salt)
        let right = Login(user: "probe", password: "secret", verifier: verifier)
        let smallOrder = try MontgomeryPublicKey(x: [UInt8](repeating: 0, count: 32), parity: 0)

        func logins(_ count: Int) throws {
            for _ in 0..<count {
                #expect(right.run().error == nil)
                #expect(throws: ECSRP5Error.smallOrderPoint) { try Verifier(salt: salt, publicKey: smallOrder) }
            }
        }
        try logins(100)
        let before = try Self.residentBytes()
        try logins(1000)
        let growth = try Self.residentBytes() - before
        // Other tests may run beside this one. Numbers that a login does not free would be more than 5 MB.
        #expect(growth < 3_000_000)
    }

    /// Resident set size, from the second field of /proc/self/statm.
    private static func residentBytes() throws -> Int {
        let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        let pages = try #require(fields.dropFirst().first.flatMap { Int($0) })
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}
