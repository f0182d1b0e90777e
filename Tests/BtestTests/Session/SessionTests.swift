import ECSRP5
import ServerLimits
import TestSupport
import Testing

@testable import Btest

/// Both sessions back to back in memory.
@Suite(.onlyComputes) struct SessionTests {
    private func talk(
        _ method: BtestAuthentication, user: String? = "u", password: String = "right",
        required: BtestAuthentication? = nil, admission: BtestAnswer = .begin(token: nil), pieceLength: Int = .max
    ) throws -> Conversation {
        var conversation = Conversation(
            client: try SessionFixtures.client(user: user, password: password, required: required),
            server: try SessionFixtures.server(SessionFixtures.accounts(method)))
        conversation.admission = admission
        conversation.run(pieceLength: pieceLength)
        return conversation
    }

    @Test(arguments: BtestAuthentication.allCases)
    func `a right login begins the test`(method: BtestAuthentication) throws {
        let conversation = try talk(method)
        #expect(conversation.clientEnd == .startTransfer(.stream(token: nil), surplus: []))
        #expect(conversation.serverEnd == .admit(SessionFixtures.download, userName: method == .none ? nil : "u"))
        #expect(conversation.client.authentication == method)
        #expect(conversation.clientSaid.first == SessionFixtures.download.encoded)
    }

    @Test(arguments: BtestAuthentication.allCases, [1, 2, 3, 5, 15, 16, 17, 49, 255])
    func `the same is said whatever the pieces it arrives in`(method: BtestAuthentication, pieceLength: Int) throws {
        for password in ["right", "wrong"] {
            let whole = try talk(method, password: password)
            let cut = try talk(method, password: password, pieceLength: pieceLength)
            #expect(cut.clientSaid == whole.clientSaid)
            #expect(cut.serverSaid == whole.serverSaid)
            #expect(cut.clientEnd == whole.clientEnd)
            #expect(cut.serverEnd == whole.serverEnd)
        }
    }

    @Test(arguments: [BtestAuthentication.md5, .ecSRP5])
    func `an unknown user hears what a wrong password hears`(method: BtestAuthentication) throws {
        let wrong = try talk(method, password: "wrong")
        let unknown = try talk(method, user: "x", password: "right")
        #expect(wrong.clientEnd == .fail(.authenticationFailed(method)))
        #expect(unknown.clientEnd == wrong.clientEnd)
        #expect(unknown.serverSaid.map(\.count) == wrong.serverSaid.map(\.count))
        if method == .md5 {
            #expect(unknown.serverSaid == wrong.serverSaid)
            #expect(wrong.serverEnd == .closeAfter([0, 0, 0, 0], .login(userName: "u", .wrongPassword)))
            #expect(unknown.serverEnd == .closeAfter([0, 0, 0, 0], .login(userName: "x", .unknownUser)))
        } else {
            #expect(wrong.serverEnd == .close(.login(userName: "u", .wrongPassword)))
            #expect(unknown.serverEnd == .close(.login(userName: "x", .unknownUser)))
        }
    }

    @Test(arguments: [BtestAuthentication.md5, .ecSRP5])
    func `who is disabled or at the wrong address hears every byte that a wrong password hears`(
        method: BtestAuthentication
    ) throws {
        let wrong = try talk(method, password: "wrong")
        let obstacles: [(BtestLoginFailure, (inout BtestAccount) throws -> Void)] = [
            (.disabled, { $0.isEnabled = false }),
            (.addressNotAllowed, { $0.allowedNetworks = [try AddressRange("192.0.3.0/24")] }),
        ]
        for (failure, change) in obstacles {
            for password in ["right", "wrong"] {
                var conversation = Conversation(
                    client: try SessionFixtures.client(password: password),
                    server: try SessionFixtures.server(SessionFixtures.accounts(method, changing: change)))
                conversation.run()
                #expect(conversation.serverSaid.count == wrong.serverSaid.count)
                // Message 2 depends on the client's key and the salt alone.
                #expect(conversation.serverSaid == wrong.serverSaid)
                #expect(conversation.clientEnd == wrong.clientEnd)
                let refusal = BtestRefusal.login(userName: "u", failure)
                #expect(
                    conversation.serverEnd == (method == .md5 ? .closeAfter([0, 0, 0, 0], refusal) : .close(refusal)))
            }
        }
    }

    @Test(arguments: [BtestAuthentication.md5, .ecSRP5], ["192.0.2.77", "::ffff:192.0.2.1", "2001:db8::9"])
    func `a user may come from the networks that it is allowed`(method: BtestAuthentication, peer: String) throws {
        let accounts = try SessionFixtures.accounts(method) {
            $0.allowedNetworks = [try AddressRange("2001:db8::/32"), try AddressRange("192.0.2.0/24")]
        }
        var conversation = Conversation(
            client: try SessionFixtures.client(), server: try SessionFixtures.server(accounts, peer: peer))
        conversation.run()
        #expect(conversation.serverEnd == .admit(SessionFixtures.download, userName: "u"))
    }

    @Test func `an unknown user's password is nothing that a peer can know`() throws {
        // The server compares an unknown name with something; the nonce, which the peer sees, must not open the door.
        let nonce = SessionFixtures.nonce
        let conversation = try talk(.md5, user: "x", password: String(decoding: nonce, as: UTF8.self))
        #expect(conversation.clientEnd == .fail(.authenticationFailed(.md5)))
    }

    @Test(arguments: BtestAuthentication.allCases)
    func `a weaker login than the required one is refused before anything is proved`(
        offered: BtestAuthentication
    ) throws {
        for required in BtestAuthentication.allCases {
            let conversation = try talk(offered, required: required)
            if offered < required {
                #expect(conversation.clientEnd == .fail(.weakAuthentication(offered: offered, required: required)))
                #expect(conversation.clientSaid == [SessionFixtures.download.encoded])
            } else {
                #expect(conversation.clientEnd == .startTransfer(.stream(token: nil), surplus: []))
            }
        }
    }

    @Test(arguments: [BtestAuthentication.md5, .ecSRP5])
    func `a login that was not given is asked for`(method: BtestAuthentication) throws {
        let conversation = try talk(method, user: nil)
        #expect(conversation.clientEnd == .fail(.credentialsMissing(offered: method)))
        #expect(conversation.client.authentication == method)
    }

    @Test(arguments: BtestAuthentication.allCases)
    func `a server that refuses is told apart from one that does not know the user`(
        method: BtestAuthentication
    ) throws {
        let conversation = try talk(method, admission: .refused)
        // By MD5 the protocol has one answer for both.
        #expect(conversation.clientEnd == .fail(method == .md5 ? .authenticationFailed(.md5) : .refused))
    }

    @Test(arguments: BtestAuthentication.allCases)
    func `a token comes through`(method: BtestAuthentication) throws {
        let conversation = try talk(method, admission: .begin(token: 0xABCD))
        #expect(conversation.clientEnd == .startTransfer(.stream(token: 0xABCD), surplus: []))
    }

    @Test func `a server that refuses within the login with EC-SRP5 did not accept the user`() throws {
        for honest in 0...1 {
            var client = try SessionFixtures.client()
            var server = try SessionFixtures.server(SessionFixtures.accounts(.ecSRP5))
            _ = client.bytesReceived([1, 0, 0, 0])
            _ = server.bytesReceived(SessionFixtures.download.encoded)
            guard case .send(let key) = client.bytesReceived(BtestAnswer.ecSRP5.encoded).first else {
                Issue.record("no key")
                return
            }
            if honest == 1, case .send(let answer) = server.bytesReceived(key).first {
                _ = client.bytesReceived(answer)
            }
            #expect(client.bytesReceived([0, 0, 0, 0]) == [.fail(.authenticationFailed(.ecSRP5))])
        }
    }

    @Test func `a server that does not know the verifier is not believed`() throws {
        var client = try SessionFixtures.client()
        var server = try SessionFixtures.server(SessionFixtures.accounts(.ecSRP5))
        var heard = client.bytesReceived([1, 0, 0, 0] + BtestAnswer.ecSRP5.encoded)
        _ = server.bytesReceived(SessionFixtures.download.encoded)
        if case .send(let key) = heard.last, case .send(let answer) = server.bytesReceived(key).first {
            heard = client.bytesReceived(answer)
        }
        #expect(heard.count == 1)
        let proof = [32] + [UInt8](repeating: 0xAB, count: 32)
        #expect(client.bytesReceived(proof + BtestAnswer.begin(token: nil).encoded) == [.fail(.serverNotGenuine)])
    }

    @Test(arguments: [(BtestAuthentication.md5, 32), (.ecSRP5, 221)])
    func `a user name has as much room as the login gives it`(method: BtestAuthentication, limit: Int) throws {
        let (longest, widest) = (String(repeating: "n", count: limit), String(repeating: "é", count: limit / 2))
        for name in [longest, widest, "", "ü😀", "a b"] {
            let accounts: BtestAccounts =
                try method == .md5
                ? .md5(passwords: [name: "right"]) : LoopbackServer.ecSRP5(user: name, password: "right")
            var conversation = Conversation(
                client: try SessionFixtures.client(user: name), server: try SessionFixtures.server(accounts))
            conversation.run(pieceLength: 7)
            #expect(conversation.serverEnd == .admit(SessionFixtures.download, userName: name))
        }
        let long = try talk(method, user: String(repeating: "n", count: limit + 1))
        #expect(long.clientEnd == .fail(.userNameTooLong(limit: limit)))
        #expect(long.clientSaid.count == 1)
        let wide = try talk(method, user: String(repeating: "é", count: limit / 2 + 1))
        #expect(wide.clientEnd == .fail(.userNameTooLong(limit: limit)))
    }

    @Test(arguments: [BtestAuthentication.md5, .ecSRP5])
    func `a user name with a NUL cannot be sent`(method: BtestAuthentication) throws {
        let conversation = try talk(method, user: "u\0")
        #expect(conversation.clientEnd == .fail(.local("the user name has a NUL, which no login can carry")))
        #expect(conversation.clientSaid.count == 1)
    }

    @Test func `a user name that is not UTF-8 is a wrong one`() throws {
        var server = try SessionFixtures.server(SessionFixtures.accounts(.md5))
        _ = server.bytesReceived(SessionFixtures.download.encoded)
        let name: [UInt8] = [0xFF, 0xC0, 0x80]
        let response = [UInt8](repeating: 1, count: 16) + name + [UInt8](repeating: 0, count: 29)
        let refusal = BtestRefusal.login(userName: String(decoding: name, as: UTF8.self), .unknownUser)
        #expect(server.bytesReceived(response) == [.closeAfter([0, 0, 0, 0], refusal)])

        server = try SessionFixtures.server(SessionFixtures.accounts(.ecSRP5))
        _ = server.bytesReceived(SessionFixtures.download.encoded)
        let frame = [37] + name + [0] + [UInt8](repeating: 5, count: 32) + [0]
        #expect(server.bytesReceived(frame) == [.close(.violation("a key that cannot be used (userNameMalformed)"))])
    }

    @Test func `what follows the start of the test is data, however it is cut`() throws {
        let stream = [1, 0, 0, 0] + BtestAnswer.begin(token: 7).encoded + [UInt8](repeating: 0, count: 300)
        var client = try SessionFixtures.client()
        #expect(
            client.bytesReceived(stream) == [
                .send(SessionFixtures.download.encoded),
                .startTransfer(.stream(token: 7), surplus: [UInt8](repeating: 0, count: 300)),
            ])
        client = try SessionFixtures.client()
        for count in 1..<8 { #expect(client.bytesReceived(stream[count - 1..<count]).count == (count == 4 ? 1 : 0)) }
        #expect(client.bytesReceived(stream[7..<9]) == [.startTransfer(.stream(token: 7), surplus: [0])])
        #expect(client.bytesReceived(stream[9...]).isEmpty)
    }

    @Test func `data that a client sends too early does not change what it asked for`() throws {
        let early = [UInt8](repeating: 0, count: 400)
        for accounts in [BtestAccounts.open, try SessionFixtures.accounts(.md5)] {
            var server = try SessionFixtures.server(accounts)
            let response = try #require(
                MD5Response(userName: "u", password: "right", nonce: SessionFixtures.nonce))
            let login = accounts.authentication == .md5 ? response.encoded : []
            let actions = server.bytesReceived(SessionFixtures.download.encoded + login + early)
            #expect(actions.last == .admit(SessionFixtures.download, userName: login.isEmpty ? nil : "u"))
            #expect(server.bytesReceived(early).isEmpty)
        }
    }

    @Test func `a command that cannot be served closes without a word`() throws {
        for method in BtestAuthentication.allCases {
            var wire = SessionFixtures.download.encoded
            wire[4] = 0
            wire[5] = 0
            var server = try SessionFixtures.server(SessionFixtures.accounts(method))
            #expect(
                server.bytesReceived(wire) == [.close(.violation("tx-size 0, which no packet can have"))])
            #expect(server.bytesReceived(wire + wire).isEmpty)
        }
    }

    @Test(arguments: BtestAuthentication.allCases)
    func `a join needs no login of its own`(method: BtestAuthentication) throws {
        var server = try SessionFixtures.server(SessionFixtures.accounts(method))
        #expect(server.bytesReceived(BtestJoin.request(token: 0x1234)) == [.join(token: 0x1234)])
    }

    @Test func `each step has its words when the server closes or falls silent there`() throws {
        func client(heard count: Int) throws -> BtestClientSession {
            var client = try SessionFixtures.client()
            var server = try SessionFixtures.server(SessionFixtures.accounts(.ecSRP5))
            var actions = [server.accepted()]
            for _ in 0..<count {
                guard case .send(let bytes) = actions.removeFirst() else { break }
                for case .send(let answer) in client.bytesReceived(bytes) { actions += server.bytesReceived(answer) }
            }
            return client
        }
        let steps = [
            "its hello", "an answer to the test command", "its key for the login", "its proof for the login",
            "the start of the test",
        ]
        for (index, step) in steps.enumerated() {
            var session = try client(heard: index)
            #expect(session.awaitedStep == step)
            #expect(session.deadlinePassed(after: 0.5) == .fail(.silent(step: step, seconds: 0.5)))
            session = try client(heard: index)
            #expect(
                session.connectionClosed() == .fail(index == 3 ? .authenticationFailed(.ecSRP5) : .closed(step: step)))
        }
    }

    @Test(arguments: BtestAuthentication.allCases, 1...8)
    func `a UDP test begins with the server's port, in the same segment or not`(
        method: BtestAuthentication, pieceLength: Int
    ) throws {
        var conversation = Conversation(
            client: try SessionFixtures.client(command: BtestCommand(transport: .udp, direction: .both)),
            server: try SessionFixtures.server(SessionFixtures.accounts(method)))
        conversation.afterAdmission = [0x07, 0xD1, 0x07]
        conversation.run(pieceLength: pieceLength)
        guard case .startTransfer(.datagrams(port: 2001), let surplus) = conversation.clientEnd else {
            Issue.record("\(String(describing: conversation.clientEnd))")
            return
        }
        // Every later byte belongs to the statuses, whether it came with the port or is still on its way.
        #expect(surplus == [] || surplus == [0x07])
    }

    @Test(arguments: 1...10)
    func `a begin that comes twice is no port`(pieceLength: Int) throws {
        var conversation = Conversation(
            client: try SessionFixtures.client(command: BtestCommand(transport: .udp, direction: .both)),
            server: try SessionFixtures.server(SessionFixtures.accounts(.md5)))
        conversation.afterAdmission = [1, 0, 0, 0, 0x07, 0xD1]
        conversation.run(pieceLength: pieceLength)
        #expect(conversation.clientEnd == .startTransfer(.datagrams(port: 2001), surplus: []))
    }

    @Test func `port 256 is one, once a status follows it`() throws {
        var client = try SessionFixtures.client(command: BtestCommand(transport: .udp, direction: .both))
        _ = client.bytesReceived([1, 0, 0, 0])
        _ = client.bytesReceived([1, 0, 0, 0, 1, 0])
        let status = BtestStatus(cpuPercent: 1, sequence: 1, bytesReceived: 1).encoded
        let actions = client.bytesReceived(status)
        #expect(actions == [.startTransfer(.datagrams(port: 256), surplus: status)])
    }

    @Test func `port 0 is none`() throws {
        var client = try SessionFixtures.client(command: BtestCommand(transport: .udp, direction: .both))
        _ = client.bytesReceived([1, 0, 0, 0])
        let actions = client.bytesReceived([1, 0, 0, 0, 0, 0])
        let failure = BtestError.violation(step: "the number of its UDP port", detail: "the number 0")
        #expect(actions == [.fail(failure)])
    }

    @Test func `a server that closes before it names its port did not name it`() throws {
        var client = try SessionFixtures.client(command: BtestCommand(transport: .udp, direction: .both))
        _ = client.bytesReceived([1, 0, 0, 0])
        _ = client.bytesReceived([1, 0, 0, 0, 7])
        #expect(client.connectionClosed() == .fail(.closed(step: "the number of its UDP port")))
    }
}
