import ECSRP5

/// How long a login by EC-SRP5 takes, on one core.
@main
struct HandshakeBenchmark {
    static func main() throws {
        let decoys = try DecoyVerifiers(secret: (0..<32).map { _ in UInt8.random(in: .min ... .max) })
        let salt = try decoys.salt(forUser: "probe")
        let verifier = try Verifier(user: "probe", password: "correct horse", salt: salt)
        let someKey = verifier.publicKey
        let rounds = 500

        let login = try Stopwatch.median(of: rounds) {
            try Login.run(password: "correct horse", verifier: verifier, decoys: decoys)
        }
        let client = try Stopwatch.median(of: rounds) { try Login.clientSide(serverKey: someKey, salt: salt) }
        let unknown = try Stopwatch.median(of: rounds) {
            try Login.serverSide(clientKey: someKey, verifier: nil, decoys: decoys)
        }
        let known = try Stopwatch.median(of: rounds) {
            try Login.serverSide(clientKey: someKey, verifier: verifier, decoys: decoys)
        }
        let making = try Stopwatch.median(of: rounds) {
            _ = try Verifier(user: "probe", password: "correct horse", salt: salt)
        }

        print("login, both sides         \(milliseconds(login)) ms, \(Int(1 / seconds(login))) per second")
        print("client until its proof    \(milliseconds(client)) ms")
        print("server, known user        \(milliseconds(known)) ms")
        print("server, unknown user      \(milliseconds(unknown)) ms")
        print("verifier from a password  \(milliseconds(making)) ms")
    }

    private static func seconds(_ duration: Duration) -> Double {
        duration / .seconds(1)
    }

    /// Three decimals, without Foundation.
    private static func milliseconds(_ duration: Duration) -> String {
        let microseconds = Int((seconds(duration) * 1e6).rounded())
        let fraction = String(microseconds % 1000)
        return "\(microseconds / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
    }
}
