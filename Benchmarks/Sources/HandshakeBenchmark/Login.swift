import ECSRP5

/// Logins in memory, whole and by halves.
enum Login {
    static func run(password: String, verifier: Verifier?, decoys: DecoyVerifiers) throws {
        var client = try ClientHandshake(user: "probe", password: password)
        var server = ServerHandshake(decoys: decoys)
        let serverKey = try server.clientKeyReceived(client.clientKey, verifier: verifier)
        let clientProof = try client.serverKeyReceived(serverKey)
        let serverProof = try server.clientProofReceived(clientProof)
        try client.serverProofReceived(serverProof)
    }

    /// Messages 1 and 3, against a key that is a valid point and belongs to no password.
    static func clientSide(serverKey: MontgomeryPublicKey, salt: Salt) throws {
        var client = try ClientHandshake(user: "probe", password: "correct horse")
        _ = try client.serverKeyReceived(ServerKeyMessage(publicKey: serverKey, salt: salt))
    }

    /// Message 2, and message 3 refused.
    static func serverSide(clientKey: MontgomeryPublicKey, verifier: Verifier?, decoys: DecoyVerifiers) throws {
        var server = ServerHandshake(decoys: decoys)
        let message = try ClientKeyMessage(userName: "probe", publicKey: clientKey)
        _ = try server.clientKeyReceived(message, verifier: verifier)
        do {
            _ = try server.clientProofReceived(ProofMessage(decoding: [UInt8](repeating: 0, count: 32)))
        } catch ECSRP5Error.proofMismatch {
            return
        }
    }
}
