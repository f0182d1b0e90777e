import TestSupport
import Testing

@testable import ECSRP5

@Suite("Memory")
struct MemoryTests {
    @Test("1,000 logins and as many refused keys leave the process as large as it was")
    func nothingLeaks() async {
        // In a process of its own: the memory of the tests beside this one is no concern here.
        await #expect(processExitsWith: .success) {
            let salt = try Salt(bytes: [UInt8](repeating: 12, count: 16))
            let verifier = try Verifier(user: "probe", password: "secret", salt: salt)
            let login = Login(user: "probe", password: "secret", verifier: verifier)
            try MemoryTests.runLogins(100, login)
            let before = ResidentMemory.bytes
            try MemoryTests.runLogins(1000, login)
            // Numbers or points that a login does not free would be more than 5 MB.
            #expect(before > 0 && ResidentMemory.bytes - before < 1_000_000)
        }
    }

    private static func runLogins(_ count: Int, _ login: Login) throws {
        let salt = try #require(login.verifier?.salt)
        let smallOrder = try MontgomeryPublicKey(x: [UInt8](repeating: 0, count: 32), parity: 0)
        for _ in 0..<count {
            #expect(login.run().error == nil)
            #expect(throws: ECSRP5Error.smallOrderPoint) { try Verifier(salt: salt, publicKey: smallOrder) }
        }
    }
}
