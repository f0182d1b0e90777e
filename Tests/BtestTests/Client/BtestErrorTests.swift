import TestSupport
import Testing

@testable import Btest

@Suite(.onlyComputes) struct BtestErrorTests {
    @Test(arguments: [
        (
            BtestError.connection(.refused(address: "192.0.2.1:2000")),
            "192.0.2.1:2000 refused the connection: nothing listens there."
        ),
        (
            .silent(step: "its hello", seconds: 5),
            "The server accepted the connection but did not send its hello within 5 s."
        ),
        (
            .silent(step: "its hello", seconds: 0.3),
            "The server accepted the connection but did not send its hello within 0.3 s."
        ),
        (.closed(step: "data"), "The server closed the connection instead of sending data."),
        (.refused, "The server refused the test."),
        (
            .credentialsMissing(offered: .ecSRP5),
            "The server asks for a login (ec-srp5) and no user name and password were given."
        ),
        (.authenticationFailed(.md5), "The server did not accept the user name or the password (md5)."),
        (
            .weakAuthentication(offered: .none, required: .ecSRP5),
            "The server offers none authentication where ec-srp5 is required; no password was sent."
        ),
        (
            .serverNotGenuine,
            "The server could not prove that it knows the password: it is not the one it should be."
        ),
        (.userNameTooLong(limit: 32), "The user name is too long: this authentication has room for 32 bytes."),
        (.violation(step: "its hello", detail: "48 54 54 50"), "Instead of its hello the server sent 48 54 54 50."),
        (
            .interrupted(after: 3.249, of: 10),
            "The connection ended after 3.2 s of 10 s; what was counted until then is kept."
        ),
        (
            .vanished(after: 3.249, of: 10),
            "Nothing more came from the server after 3.2 s of 10 s; what was counted until then is kept."
        ),
        (.nothingTransferred("download"), "Not one byte arrived in the download direction."),
        (.stopped, "The test was stopped."),
        (.local("too many open files"), "This machine could not run the test: too many open files."),
        (
            .noDatagrams(direction: "download", server: "192.0.2.1:2001"),
            "Not one UDP datagram arrived in the download direction: a firewall may drop UDP to or from 192.0.2.1:2001, or a "
                + "NAT is in the way (-n opens it)."
        ),
    ])
    func `every error is a sentence`(error: BtestError, sentence: String) {
        #expect(error.description == sentence)
    }

    @Test(arguments: [
        (
            BtestRefusal.login(userName: "a\n\u{1B}[2J", .wrongPassword),
            #"login of "a\n\u{1B}[2J" failed: wrong password"#
        ),
        (.login(userName: "u", .unknownUser), #"login of "u" failed: no such user"#),
        (.login(userName: "u", .disabled), #"login of "u" failed: the user is disabled"#),
        (.login(userName: "u", .addressNotAllowed), #"login of "u" failed: the user may not come from this address"#),
        (.violation("direction 0, which is not 1, 2 or 3"), "the peer sent direction 0, which is not 1, 2 or 3"),
        (.barred, "too many logins from this address failed"),
        (.tooManySessionsFromAddress(limit: 3), "the address has 3 sessions already, as many as it may have"),
        (.tooManySessionsOfUser(limit: 3), "the user has 3 sessions already, as many as it may have"),
        (.quota("a sentence"), "a sentence"), (.stopping, "the server is stopping"),
        (.handshakeTimeout, "the peer did not finish its handshake in time"),
        (.tooManySessions(limit: 2), "all 2 sessions are in use"),
        (.unknownToken, "the peer wanted to join a test that does not exist"),
        (.noPort, "no UDP port is free"),
    ])
    func `every refusal has words for the log, and a name cannot move the cursor`(
        refusal: BtestRefusal, words: String
    ) {
        #expect(refusal.description == words)
    }
}
