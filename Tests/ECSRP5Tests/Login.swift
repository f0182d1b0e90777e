@testable import ECSRP5

/// A login in memory, with every message through its bytes.
struct Login {
    let user: String
    /// The one that the client has; the server's verifier decides whether it is right.
    let password: String
    let verifier: Verifier?
    var decoys = DecoyVerifiers.forTests

    /// The frames of a login, as far as it came.
    struct Transcript {
        var frames: [[UInt8]] = []
        var error: ECSRP5Error?
    }

    func run(
        clientKey: PrivateKey = .random(), serverKey: PrivateKey = .random()
    ) -> Transcript {
        var transcript = Transcript()
        do throws(ECSRP5Error) {
            var client = try ClientHandshake(user: user, password: password, privateKey: clientKey)
            var server = ServerHandshake(decoys: decoys, privateKey: serverKey)
            transcript.frames.append(client.clientKey.frame)
            let first = try ClientKeyMessage(decodingFrame: client.clientKey.frame)
            let second = try server.clientKeyReceived(first, verifier: verifier)
            transcript.frames.append(second.frame)
            let third = try client.serverKeyReceived(ServerKeyMessage(decodingFrame: second.frame))
            transcript.frames.append(third.frame)
            let fourth = try server.clientProofReceived(ProofMessage(decodingFrame: third.frame))
            transcript.frames.append(fourth.frame)
            try client.serverProofReceived(ProofMessage(decodingFrame: fourth.frame))
        } catch {
            transcript.error = error
        }
        return transcript
    }
}

extension DecoyVerifiers {
    static let forTests = makeForTests(secret: 7)

    /// A server's decoys, with a secret of 32 equal bytes.
    static func makeForTests(secret: UInt8) -> DecoyVerifiers {
        do {
            return try DecoyVerifiers(secret: [UInt8](repeating: secret, count: 32))
        } catch {
            preconditionFailure("32 bytes are enough: \(error)")
        }
    }
}

extension Salt {
    /// A salt that follows from a seed.
    static func random(using generator: inout some RandomNumberGenerator) throws(ECSRP5Error) -> Salt {
        try Salt(bytes: .random(Salt.byteCount, using: &generator))
    }
}

extension [UInt8] {
    static func random(_ count: Int, using generator: inout some RandomNumberGenerator) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }
}
